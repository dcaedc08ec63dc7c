import { describe, expect, test } from 'vitest';
import { boundOfNone, estimate, median, ratios, spreadOf } from '../../bench/statistics.ts';

describe('the median', () => {
  test('of an odd number is the one in the middle, of an even number halfway between two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test('sorts by number, and leaves its samples as they were', () => {
    const samples = [10, 9, 100];
    expect(median(samples)).toBe(10);
    expect(samples).toEqual([10, 9, 100]);
  });

  test('of nothing is refused', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('the interval', () => {
  const samples = [12, 15, 11, 19, 14, 13, 16, 18, 17, 10];

  test('holds the median, and stays within the samples', () => {
    const { low, median: middle, high } = estimate(samples, 1);
    expect(middle).toBe(14.5);
    expect(low).toBeLessThan(middle);
    expect(high).toBeGreaterThan(middle);
    expect(low).toBeGreaterThanOrEqual(10);
    expect(high).toBeLessThanOrEqual(19);
  });

  test('is the same for the same seed', () => {
    expect(estimate(samples, 7)).toEqual(estimate(samples, 7));
  });

  test('of samples that are all alike has no width, and of a single one neither', () => {
    expect(estimate([5, 5, 5], 1)).toEqual({ median: 5, low: 5, high: 5 });
    expect(estimate([5], 1)).toEqual({ median: 5, low: 5, high: 5 });
  });

  test('covers the true median about as often as it says', () => {
    let covered = 0;
    const trials = 60;
    for (let trial = 0; trial < trials; trial++) {
      // A low-discrepancy walk stands for chance, so that the test is the same every time.
      const drawn = Array.from({ length: 20 }, (_, i) => ((trial * 20 + i + 1) * 0.618_033_988_75 + trial * 0.37) % 1);
      const { low, high } = estimate(drawn, trial);
      if (low <= 0.5 && high >= 0.5) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.85);
  });
});

describe('ratios', () => {
  test('are taken round by round, so a slow round is in neither', () => {
    const baseline = [100, 10, 50];
    const twice = baseline.map((each) => each * 2);
    expect(ratios(twice, baseline)).toEqual([2, 2, 2]);
  });

  test('of unequal rounds are refused', () => {
    expect(() => ratios([1, 2], [1])).toThrow(RangeError);
  });
});

test('nothing seen in a hundred trials bounds it at three in a hundred; in none, at all', () => {
  expect(boundOfNone(100)).toBe(0.03);
  expect(boundOfNone(2)).toBe(1);
  expect(boundOfNone(0)).toBe(1);
});

test('tinybench is given every duration once, and agrees about the median', () => {
  const durations = [0.5, 0.1, 0.4, 0.2];
  const { p50, samplesCount } = spreadOf('blocks', durations);
  expect(samplesCount).toBe(durations.length);
  expect(p50).toBeCloseTo(median(durations), 12);
});

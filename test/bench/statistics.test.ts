import { describe, expect, test } from 'vitest';
import { estimate, fitted, median, quantile, ratios, spreadOf } from '../../bench/statistics.ts';

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

describe('the exponent of growth', () => {
  test('is that of a power, with no width where every point lies on it', () => {
    const { exponent, low, high } = fitted([1, 10, 100, 1000].map((size) => [size, 3 * size ** 0.5]));
    for (const each of [exponent, low, high]) expect(each).toBeCloseTo(0.5, 10);
  });

  test('is 0 for a cost that stays, and its interval holds it where there is noise', () => {
    const { exponent, low, high } = fitted([
      [1, 10],
      [10, 11],
      [100, 9.5],
      [1000, 10.2],
    ]);
    expect(Math.abs(exponent)).toBeLessThan(0.05);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });

  test('takes three points at least, all of them above zero', () => {
    expect(() =>
      fitted([
        [1, 1],
        [2, 2],
      ]),
    ).toThrow(RangeError);
    expect(() =>
      fitted([
        [0, 1],
        [1, 1],
        [2, 2],
      ]),
    ).toThrow(RangeError);
  });
});

test('a quantile is one of the samples: the least that is not below that share of them', () => {
  const samples = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([quantile(samples, 0.5), quantile(samples, 0.95), quantile(samples, 1)]).toEqual([50, 95, 100]);
  expect(quantile([7], 0.01)).toBe(7);
  expect(() => quantile([], 0.5)).toThrow(RangeError);
});

test('tinybench is given every duration once, and agrees about the median', () => {
  const durations = [0.5, 0.1, 0.4, 0.2];
  const { p50, samplesCount } = spreadOf('blocks', durations);
  expect(samplesCount).toBe(durations.length);
  expect(p50).toBeCloseTo(median(durations), 12);
});

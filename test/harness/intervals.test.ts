import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exact, type Interval, wilson } from '../../harness/intervals.ts';
import { rarely } from '../../harness/report/words.ts';

/** As published, in their precision. */
const close = ({ low, high }: Interval, [least, most]: readonly [number, number], digits: number) => {
  expect(low).toBeCloseTo(least, digits);
  expect(high).toBeCloseTo(most, digits);
};

describe('the exact interval', () => {
  it('none of n: all of the 5 % is on one side, close to the rule of three', () => {
    expect(exact(0, 200).high).toBeCloseTo(0.0149, 4);
    for (const n of [20, 100, 1000]) expect(exact(0, n).high / (3 / n)).toBeGreaterThan(0.92);
    for (const n of [20, 100, 1000]) expect(exact(0, n).high / (3 / n)).toBeLessThan(1);
  });

  it('as published: R. G. Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I', () => {
    close(exact(81, 263), [0.2527, 0.3676], 4);
    close(exact(15, 148), [0.0578, 0.1617], 4);
    close(exact(1, 29), [0.0009, 0.1776], 4);
  });

  it('all of n is none of n from the other side', () => {
    expect(exact(30, 30)).toEqual({ low: 1 - exact(0, 30).high, high: 1 });
  });
});

describe('Wilson’s interval', () => {
  it('as published: Newcombe, table I, without continuity correction', () => {
    close(wilson(81, 263), [0.2553, 0.3662], 4);
    close(wilson(15, 148), [0.0624, 0.1605], 4);
    close(wilson(0, 20), [0, 0.1611], 4);
    close(wilson(1, 29), [0.0061, 0.1718], 4);
  });
});

it.each([
  ['exact', exact],
  ['wilson', wilson],
] as const)('%s: holds the share itself, narrows with trials, mirrors, and knows nothing of nothing', (_, interval) => {
  expect(interval(0, 0)).toEqual({ low: 0, high: 1 });
  expect(() => interval(3, 2)).toThrow('3 of 2 is no count');
  const counts = fc.integer({ min: 1, max: 500 }).chain((trials) => fc.tuple(fc.nat(trials), fc.constant(trials)));
  fc.assert(
    fc.property(counts, ([hits, trials]) => {
      const { low, high } = interval(hits, trials);
      expect(low).toBeLessThanOrEqual(hits / trials);
      expect(high).toBeGreaterThanOrEqual(hits / trials);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      const mirrored = interval(trials - hits, trials);
      expect(mirrored.low).toBeCloseTo(1 - high, 9);
      const more = interval(hits * 4, trials * 4);
      expect(more.high - more.low).toBeLessThan(high - low);
    }),
    { numRuns: 60 },
  );
});

describe('a rare count in words', () => {
  it('has its bound, or its bounds', () => {
    expect(rarely(0, 200, 'kill')).toBe('0 of 200 kills (under 1.5 %)');
    expect(rarely(3, 200, 'kill')).toBe('3 of 200 kills (0.3 % to 4.3 %)');
    expect(rarely(1, 1, 'kill')).toBe('1 of 1 kill (over 5 %)');
    expect(rarely(0, 0, 'kill')).toBe('0 of 0 kills');
  });
});

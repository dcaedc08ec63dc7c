/** When TCP sends again: what was seen of Linux 6.18, by when something came through that was sent into a cut of so long. */
import { expect, test } from 'vitest';
import { nextKnock, nextTry, tickingWaits } from '../../harness/worlds/simulated/retransmission.ts';

test.each([
  [100, 231],
  [300, 458],
  [500, 939],
  [1000, 1840],
  [2000, 3661],
])('what was sent into a cut of %i ms came after %i ms', (cutMs, seenMs) => {
  const toldMs = nextTry(0, cutMs * 1000) / 1000;
  expect(toldMs).toBeGreaterThan(seenMs * 0.9);
  expect(toldMs).toBeLessThan(seenMs * 1.1);
});

test.each([
  [500, 1012],
  [1500, 2045],
  [2500, 3056],
  [3500, 4083],
  [5500, 7140],
])('a connection that was called in a cut of %i ms came about after %i ms', (cutMs, seenMs) => {
  expect(Math.abs(nextKnock(0, cutMs * 1000) / 1000 - seenMs)).toBeLessThan(200);
});

/** Of the same cuts, of which what was seen is that of one connection each. */
test.each([
  [500, 939],
  [1000, 1840],
  [2000, 3661],
])(
  'by a kernel with ticks, what was sent into a cut of %i ms came up to a fifth sooner than after %i ms',
  (cutMs, seenMs) => {
    for (const chance of [0, 0.2, 0.5, 0.8, 0.95]) {
      const waits = tickingWaits(false, chance);
      expect(waits.first % 4_000).toBe(0);
      for (let since = 0; since < 256_000; since += 1_000) {
        const next = nextTry(since, since + cutMs * 1000, waits);
        expect(next % 32_000).toBe(0);
        const tookMs = (next - since) / 1000;
        expect(tookMs).toBeGreaterThan(seenMs * 0.8);
        expect(tookMs).toBeLessThan(seenMs * 1.1);
      }
    }
  },
);

test('what shares a slot of the kernel’s wheel is sent again at one time', () => {
  const waits = { first: 204_000, isTicking: true };
  expect([1_000, 5_000].map((since) => nextTry(since, 200_000, waits))).toEqual([208_000, 212_000]);
  // The third wait is of 408 ms, and such slots are eight ticks wide.
  expect([1_000, 5_000].map((since) => nextTry(since, 500_000, waits))).toEqual([832_000, 832_000]);
});

/** When TCP sends again: what was seen of Linux 6.18, by when something came through that was sent into a cut of so long. */
import { expect, test } from 'vitest';
import { nextKnock, nextTry } from '../../harness/worlds/simulated/retransmission.ts';

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

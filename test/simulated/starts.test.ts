/** Processes take their time to start, and longer beside others where a machine's pace says so. */
import { expect, test } from 'vitest';
import { EventQueue } from '../../harness/worlds/simulated/event-queue.ts';
import type { Pace } from '../../harness/worlds/simulated/pace.ts';
import { Starts } from '../../harness/worlds/simulated/starts.ts';

function started(known: Pace['start'], moments: readonly number[]): number[] {
  const queue = new EventQueue(0);
  const starts = new Starts(queue, known);
  const tookMs: number[] = [];
  for (const [n, ms] of moments.entries()) {
    queue.at(ms * 1000, () => starts.begin(0.5, () => (tookMs[n] = queue.now / 1000 - ms)));
  }
  while (queue.step()) {
    // Until nothing is left.
  }
  return tookMs;
}

test('as the timings have it where nothing is known', () => {
  expect(started(undefined, [0, 0])).toEqual([250, 250]);
});

test('each that starts at the same time takes the others’ time too, whoever came first', () => {
  const known = { aloneMs: 300, besideMs: 200 };
  expect(started(known, [0])).toEqual([300]);
  expect(started(known, [0, 0, 0])).toEqual([700, 700, 700]);
  // Orders take their time.
  expect(started(known, [0, 1, 2])).toEqual([700, 700, 700]);
  expect(started(known, [0, 1000])).toEqual([300, 300]);
});

/** A connection after a network that dropped packets one way: what was heard, and what has to be sent again. */
import { expect, test } from 'vitest';
import { Conditions } from '../../harness/worlds/conditions.ts';
import { Obstacles } from '../../harness/worlds/simulated/obstacles.ts';
import { tickingWaits, usualWaits, type Waits } from '../../harness/worlds/simulated/retransmission.ts';

const oneWay = 1;
const ticking = tickingWaits(true, 0);

/** Requests that passed until 2 s, while nothing came back; and answers that did not pass. */
function afterCut(waits: Waits): { readonly requests: Obstacles; readonly answers: Obstacles } {
  const [there, back] = [new Conditions(1), new Conditions(2)];
  const requests = new Obstacles(there, back, waits);
  const answers = new Obstacles(back, there, waits);
  back.set(oneWay, { kind: 'drop-packets' });
  requests.changed(0, undefined);
  answers.changed(0, undefined);
  requests.fateOf([Buffer.from('a request')], 10_000);
  back.unset(oneWay);
  expect(requests.changed(2_000_000, undefined)).toBeGreaterThan(2_000_000);
  expect(answers.changed(2_000_000, 20_000)).toBeGreaterThan(2_000_000);
  return { requests, answers };
}

test('what was heard need not be sent again once something comes back', () => {
  const { requests } = afterCut(ticking);
  expect(requests.isClosed(2_500_000)).toBe(true);
  expect(requests.acknowledged(2_500_000)).toBe(true);
  expect(requests.changed(2_500_000, undefined)).toBeUndefined();
  expect(requests.isClosed(2_500_000)).toBe(false);
});

test('what was not heard is sent again in its own time, whatever comes the other way', () => {
  const { answers } = afterCut(ticking);
  expect(answers.acknowledged(2_500_000)).toBe(false);
  expect(answers.isClosed(2_500_000)).toBe(true);
});

test('where no machine’s ticks are known each way waits by itself', () => {
  const { requests } = afterCut(usualWaits);
  expect(requests.acknowledged(2_500_000)).toBe(false);
});

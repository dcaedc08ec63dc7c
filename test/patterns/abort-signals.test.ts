import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AbortSignals } from '../../patterns/abort-signals.ts';

test('a signal has one listener, however many transactions it goes with, and none once they have settled', () => {
  const { signals } = recorded();
  const { signal } = new AbortController();
  for (let slot = 0; slot < 1000; slot++) signals.add(signal, slot);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  for (let slot = 0; slot < 1000; slot++) signals.remove(signal, slot);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('it gives up those that have not settled, each once, and no other signal’s', () => {
  const { signals, abandoned } = recorded();
  const [ours, other] = [new AbortController(), new AbortController()];
  for (const slot of [1, 2, 3]) signals.add(ours.signal, slot);
  signals.add(other.signal, 4);
  signals.remove(ours.signal, 2);
  ours.abort();
  ours.abort();
  expect(abandoned).toEqual([1, 3]);
});

test('very many are given up in slices; one that settles in between is left out, its slot may be another’s', async () => {
  const { signals, abandoned } = recorded();
  const giveUp = new AbortController();
  for (let slot = 0; slot < 5000; slot++) signals.add(giveUp.signal, slot);
  giveUp.abort();
  const atOnce = abandoned.length;
  expect(atOnce).toBeGreaterThan(0);
  expect(atOnce).toBeLessThan(5000);
  signals.remove(giveUp.signal, 4999);
  while (abandoned.length < 4999) await nextTurn();
  await nextTurn();
  expect(new Set(abandoned).size).toBe(4999);
  expect(abandoned).not.toContain(4999);
});

function recorded(): { signals: AbortSignals; abandoned: number[] } {
  const abandoned: number[] = [];
  return { signals: new AbortSignals((slot) => abandoned.push(slot)), abandoned };
}

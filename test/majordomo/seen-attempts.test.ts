/** What may be executed once at most goes to one worker, however often a link delivers it. */
import { expect, test } from 'vitest';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { SeenAttempts } from '../../patterns/majordomo/seen-attempts.ts';
import { mdpOf } from '../../patterns/majordomo/wire.ts';
import { ascii } from '../../patterns/parts/bytes.ts';
import { emptyEnvelope, encode } from '../../patterns/parts/envelope.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import { RecordingEffects } from '../patterns/recording-effects.ts';

test('an attempt is known when it comes again; the next one, another slot and another client are not', () => {
  const seen = new SeenAttempts();
  expect(seen.isRepeat('a', 0, 7, 1)).toBe(false);
  expect(seen.isRepeat('a', 0, 7, 1)).toBe(true);
  expect(seen.isRepeat('a', 0, 7, 2)).toBe(false);
  expect(seen.isRepeat('a', 0, 7, 1)).toBe(true);
  expect(seen.isRepeat('a', 1, 7, 1)).toBe(false);
  expect(seen.isRepeat('b', 0, 7, 1)).toBe(false);
  expect(seen.isRepeat('a', 0, 8, 1)).toBe(false);
  seen.forget('a');
  expect(seen.isRepeat('a', 0, 8, 1)).toBe(false);
});

test('what strangers make up does not grow without bound, and what comes next is known again', () => {
  const seen = new SeenAttempts();
  for (let client = 0; client < 40; client++)
    for (let slot = 0; slot < 10_000; slot++) seen.isRepeat(`c${client}`, slot, slot, 1);
  expect(seen.size).toBeLessThanOrEqual(131_072);
  expect(seen.isRepeat('c39', 1, 77, 1)).toBe(false);
  expect(seen.isRepeat('c39', 1, 77, 1)).toBe(true);
});

const once = (slot: number) => envelope(slot, 'at-most-once');
const asOften = (slot: number) => envelope(slot, 'at-least-once');

test.each([
  { of: 'one', bodies: [[once(0)], [once(0)]], expected: { waiting: 1, duplicates: 1 } },
  {
    of: 'a batch',
    bodies: [
      [once(0), once(1)],
      [once(0), once(1)],
    ],
    expected: { waiting: 2, duplicates: 2 },
  },
  { of: 'part of a batch', bodies: [[once(0)], [once(0), once(1)]], expected: { waiting: 2, duplicates: 1 } },
  { of: 'a mixed batch', bodies: [[once(0)], [once(0), asOften(1)]], expected: { waiting: 2, duplicates: 1 } },
  { of: 'what may repeat', bodies: [[asOften(0)], [asOften(0)]], expected: { waiting: 2, duplicates: 0 } },
])('the broker drops what comes again: $of', ({ bodies, expected }) => {
  const effects = new RecordingEffects();
  const broker = majordomo.broker!({ bind: ['tcp://*:1'], settings: withDefaults(majordomo.settings, {}) }, effects);
  for (const body of bodies) {
    const frames = mdpOf('0.2').fromClient.request(ascii('apples'), [new Uint8Array(Buffer.concat(body))]);
    broker.received(0, 0, [Uint8Array.of(1), ...frames]);
    broker.flush(0);
  }
  expect(broker.stats()).toMatchObject(expected);
});

function envelope(slot: number, delivery: 'at-most-once' | 'at-least-once'): Uint8Array {
  return encode({ ...emptyEnvelope(), client: 'c', slot, sequence: slot + 1, delivery, remaining: 1_000_000 });
}

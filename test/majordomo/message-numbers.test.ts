/** What a link delivers twice goes to one worker, however often it may be executed. */
import { describe, expect, test } from 'vitest';
import { MessageNumbers } from '../../patterns/majordomo/message-numbers.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { mdpOf } from '../../patterns/majordomo/wire.ts';
import { ascii } from '../../patterns/parts/bytes.ts';
import { type Envelope, emptyEnvelope, encode } from '../../patterns/parts/envelope.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import { RecordingEffects } from '../patterns/recording-effects.ts';

describe('numbers', () => {
  test('one that is not after the latest is a repeat; the next one, and another client’s, is none', () => {
    const numbers = new MessageNumbers();
    expect(numbers.isRepeat('a', 7)).toBe(false);
    expect(numbers.isRepeat('a', 7)).toBe(true);
    expect(numbers.isRepeat('a', 9)).toBe(false);
    expect(numbers.isRepeat('a', 7)).toBe(true);
    expect(numbers.isRepeat('b', 7)).toBe(false);
    numbers.forget('a');
    expect(numbers.isRepeat('a', 7)).toBe(false);
  });

  test('they go round', () => {
    const numbers = new MessageNumbers();
    expect(numbers.isRepeat('a', 2 ** 32 - 1)).toBe(false);
    expect(numbers.isRepeat('a', 1)).toBe(false);
    expect(numbers.isRepeat('a', 2 ** 32 - 1)).toBe(true);
  });

  test('none is always new', () => {
    const numbers = new MessageNumbers();
    expect([numbers.isRepeat('a', 0), numbers.isRepeat('a', 0), numbers.isRepeat('a', 1)]).not.toContain(true);
    expect(numbers.isRepeat('a', 0)).toBe(false);
    expect(numbers.isRepeat('a', 1)).toBe(true);
  });

  test('clients that strangers make up do not grow without bound, and what comes next is known again', () => {
    const numbers = new MessageNumbers();
    for (let client = 0; client < 200_000; client++) {
      numbers.isRepeat(`c${client}`, 1);
      expect(numbers.size).toBeLessThanOrEqual(65_536);
    }
    expect(numbers.isRepeat('c199999', 1)).toBe(true);
  });
});

describe('the broker', () => {
  const whole = (...requests: Uint8Array[]) => [new Uint8Array(Buffer.concat(requests))];
  const parted = (...requests: Uint8Array[]) => [new Uint8Array(0), ...requests];

  test.each([
    { of: 'one', bodies: [whole(request(1, 0)), whole(request(1, 0))], expected: { waiting: 1, duplicates: 1 } },
    {
      of: 'one that may be executed once at most',
      bodies: [whole(once(1, 0)), whole(once(1, 0))],
      expected: { waiting: 1, duplicates: 1 },
    },
    {
      of: 'a batch',
      bodies: [whole(request(1, 0), once(1, 1)), whole(request(1, 0), once(1, 1))],
      expected: { waiting: 2, duplicates: 2 },
    },
    {
      of: 'a batch of several frames',
      bodies: [parted(request(1, 0), request(1, 1)), parted(request(1, 0), request(1, 1))],
      expected: { waiting: 2, duplicates: 2 },
    },
    {
      of: 'one after others have come',
      bodies: [whole(request(1, 0)), whole(request(2, 1)), whole(request(1, 0))],
      expected: { waiting: 2, duplicates: 1 },
    },
  ])('drops what comes again: $of', ({ bodies, expected }) => {
    expect(statsAfter(bodies)).toMatchObject(expected);
  });

  test('takes what its client sends again of its own, and what has no number', () => {
    const [again, unnumbered] = [
      [request(1, 0), request(2, 0)],
      [request(0, 0), request(0, 0)],
    ];
    for (const requests of [again, unnumbered]) {
      expect(statsAfter(requests.map((one) => whole(one)))).toMatchObject({ waiting: 2, duplicates: 0 });
    }
  });
});

function statsAfter(bodies: readonly Uint8Array[][]): object {
  const effects = new RecordingEffects();
  const broker = majordomo.broker!({ bind: ['tcp://*:1'], settings: withDefaults(majordomo.settings, {}) }, effects);
  for (const body of bodies) {
    broker.received(0, 0, [Uint8Array.of(1), ...mdpOf('0.2').fromClient.request(ascii('apples'), body)]);
    broker.flush(0);
  }
  return broker.stats();
}

function request(number: number, slot: number): Uint8Array {
  return encode(envelope(number, slot));
}

function once(number: number, slot: number): Uint8Array {
  return encode({ ...envelope(number, slot), delivery: 'at-most-once' });
}

function envelope(number: number, slot: number): Envelope {
  return { ...emptyEnvelope(), client: 'c', slot, sequence: slot + 1, epoch: number, remaining: 1_000_000 };
}

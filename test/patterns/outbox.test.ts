import { beforeEach, describe, expect, test } from 'vitest';
import { Outbox } from '../../patterns/parts/outbox.ts';
import { RecordingEffects } from './recording-effects.ts';

const until = 10_000_000;
let effects: RecordingEffects;
let counters: { answersHeld: number; answersDropped: number };

beforeEach(() => {
  effects = new RecordingEffects();
  counters = { answersHeld: 0, answersDropped: 0 };
});

function made(queueLimit: number, queueLimitBytes: number): Outbox {
  return new Outbox(effects, { queueLimit, queueLimitBytes }, counters);
}

/** Sends so many to an asker that has no room for any. */
function heldUp(outbox: Outbox, count: number, bytes: number): void {
  for (let i = 0; i < count; i++) {
    outbox.send(0, [Uint8Array.of(1), new Uint8Array(bytes)], until);
    outbox.unsent(0, effects.sent.at(-1)!.token!, 'full');
  }
}

describe('answers that their asker has no room for', () => {
  test('are held up to a number', () => {
    heldUp(made(10, 1_000_000), 15, 100);
    expect(counters).toEqual({ answersHeld: 10, answersDropped: 5 });
  });

  test('and up to so many bytes; what has left again makes room', () => {
    const outbox = made(1000, 5000);
    heldUp(outbox, 8, 999);
    expect(counters).toEqual({ answersHeld: 5, answersDropped: 3 });
    outbox.flush(5000);
    outbox.flush(10_000);
    expect(outbox.isEmpty).toBe(true);
    heldUp(outbox, 8, 999);
    expect(counters).toEqual({ answersHeld: 10, answersDropped: 6 });
  });

  test('are held though their turn was over when they came back, and no later', () => {
    const outbox = made(10, 1_000_000);
    outbox.send(0, [Uint8Array.of(1)], until);
    const { token } = effects.sent.at(-1)!;
    outbox.flush(0);
    outbox.unsent(0, token!, 'full');
    expect(counters).toEqual({ answersHeld: 1, answersDropped: 0 });
    outbox.flush(5000);
    const { token: again } = effects.sent.at(-1)!;
    expect(again).not.toBe(token);
    outbox.flush(10_000);
    outbox.flush(15_000);
    outbox.unsent(15_000, again!, 'full');
    expect(outbox.isEmpty).toBe(true);
  });

  test('are tried again a few at a time, however many there are, and none is passed over', () => {
    const outbox = made(1000, 1_000_000);
    heldUp(outbox, 300, 10);
    const first = effects.sent.length;
    let now = 0;
    for (let turns = 0; !outbox.isEmpty; turns++) {
      expect(turns).toBeLessThan(10);
      const before = effects.sent.length;
      outbox.flush((now += 5000));
      expect(effects.sent.length - before).toBeLessThanOrEqual(64);
    }
    expect(effects.sent.length - first).toBe(300);
  });
});

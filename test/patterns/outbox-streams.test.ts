/** What the outbox promises: answers may overtake one another, the parts of one never do, and none is left out. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Outbox, type Stream } from '../../patterns/parts/outbox.ts';
import { RecordingEffects } from './recording-effects.ts';

const until = 1_000_000;

/** A socket that takes a message or not, as it is told; each message says which stream's which part it is. */
class World {
  now = 0;
  readonly effects = new RecordingEffects();
  readonly outbox: Outbox;
  readonly taken: string[] = [];
  readonly streams: (Stream & { next: number })[] = Array.from({ length: 3 }, () => ({ next: 0 }));
  #seen = 0;

  constructor(limit: number) {
    this.outbox = new Outbox(
      this.effects,
      { queueLimit: limit, queueLimitBytes: 1e9 },
      { answersHeld: 0, answersDropped: 0 },
    );
  }

  send(which: number, takes: boolean): void {
    const stream = this.streams[which]!;
    this.outbox.send(0, [Uint8Array.of(which, stream.next++)], until, stream);
    this.#look(() => takes);
  }

  turn(takes: () => boolean): void {
    this.now += 5_000;
    this.outbox.flush(this.now);
    this.#look(takes);
  }

  #look(takes: () => boolean): void {
    for (; this.#seen < this.effects.sent.length; this.#seen++) {
      const { frames, token } = this.effects.sent[this.#seen]!;
      if (takes()) this.taken.push(`${frames[0]}`);
      else this.outbox.unsent(this.now, token!, 'full');
    }
  }
}

const step = fc.oneof(
  fc.record({ do: fc.constant('send' as const), which: fc.nat(2), takes: fc.boolean() }),
  fc.record({ do: fc.constant('turn' as const), takes: fc.infiniteStream(fc.boolean()) }),
);

test('the parts of a stream leave in order, with none missing before a later one', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.constantFrom(3, 1000), (steps, limit) => {
      const world = new World(limit);
      for (const one of steps) {
        if (one.do === 'send') world.send(one.which, one.takes);
        else world.turn(() => one.takes.next().value!);
      }
      for (let turns = 0; !world.outbox.isEmpty; turns++) {
        expect(turns).toBeLessThan(200);
        world.turn(() => true);
      }
      for (const [which, stream] of world.streams.entries()) {
        const parts = world.taken.filter((one) => one.startsWith(`${which},`));
        expect(parts).toEqual(Array.from({ length: parts.length }, (_, i) => `${which},${i}`));
        if (!stream.isBroken) expect(parts).toHaveLength(stream.next);
      }
    }),
    { numRuns: 300 },
  );
});

test('what is held for a socket that closes is forgotten', () => {
  const world = new World(10);
  world.send(0, false);
  world.outbox.forget(0);
  expect(world.outbox.isEmpty).toBe(true);
  world.turn(() => true);
  expect(world.taken).toEqual([]);
});

/** What a server holds of requests is bounded in bytes as well as in number, whoever asks. */
import { expect, test } from 'vitest';
import { emptyEnvelope, encode, Kind } from '../../patterns/parts/envelope.ts';
import { type Answer, Responder } from '../../patterns/parts/responder.ts';
import { RecordingEffects } from './recording-effects.ts';

const service = 'apples';
const setup = {
  service,
  concurrency: 1,
  queueLimit: 1000,
  queueLimitBytes: 100_000,
  replyCacheLimit: 0,
  replyCacheBytes: 0,
  payloadLimitBytes: 1_000_000,
  incarnation: 1,
};

function requests(count: number, bytes: number, of = service, first = 1): Uint8Array {
  const request = {
    ...emptyEnvelope(),
    client: 'shop',
    service: of,
    remaining: 1_000_000,
    payload: new Uint8Array(bytes),
  };
  return Buffer.concat(
    Array.from({ length: count }, (_, slot) => encode({ ...request, slot, sequence: first + slot })),
  );
}

function made(): { responder: Responder; effects: RecordingEffects; refused: () => number } {
  const kinds: (Kind | undefined)[] = [];
  const effects = new RecordingEffects();
  const responder = new Responder(effects, setup, (_now, { envelope }: Answer) => kinds.push(envelope?.kind));
  return { responder, effects, refused: () => kinds.filter((kind) => kind === Kind.notExecuted).length };
}

const origin = { socket: 0, address: [Uint8Array.of(7)] };

test('requests over the bytes that may wait are answered "not executed", and what is answered makes room', () => {
  const { responder, effects, refused } = made();
  responder.received(0, origin, requests(30, 9000));
  expect(responder.owed).toBe(9);
  expect(refused()).toBe(21);
  for (const { ticket } of effects.executions) responder.executed(0, ticket, 'committed', new Uint8Array(1));
  responder.received(0, origin, requests(30, 9000));
  expect(responder.owed).toBe(9);
});

test('one that is larger than all that may wait is taken where nothing else is', () => {
  const { responder, refused } = made();
  responder.received(0, origin, requests(2, 200_000));
  expect([responder.owed, refused()]).toEqual([1, 1]);
});

test('a small request does not keep the large message that it came in', () => {
  const { responder, effects } = made();
  let kept = 0;
  effects.execute = (_ticket, { body }) => {
    kept = body.buffer.byteLength;
  };
  responder.received(0, origin, new Uint8Array(Buffer.concat([requests(1, 10), requests(1, 500_000, 'pears')])));
  expect(responder.owed).toBe(1);
  expect(kept).toBeLessThan(1000);
});

test('nor does one of a Buffer, or one that has to wait, keep the batch that it came in', () => {
  const { responder, effects } = made();
  const kept: number[] = [];
  effects.execute = (_ticket, { body }) => kept.push(body.buffer.byteLength);
  for (const [first, more] of [500_000, 10_000].entries()) {
    responder.received(0, origin, Buffer.concat([requests(1, 100, service, first), requests(1, more, 'pears')]));
    responder.flush(0);
  }
  responder.executed(0, 0, 'committed', new Uint8Array(1));
  expect(kept).toHaveLength(2);
  for (const bytes of kept) expect(bytes).toBeLessThan(1000);
});

test('of a message that claims to hold thousands no more is read than any of ours would hold', () => {
  const { responder, refused } = made();
  responder.received(0, origin, requests(5000, 0));
  expect(responder.owed + refused()).toBe(1024);
  expect(responder.counters.malformed).toBe(1);
});

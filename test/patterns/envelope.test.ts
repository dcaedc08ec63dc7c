import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Envelope,
  emptyEnvelope,
  encode,
  headerBytes,
  isEnvelope,
  Kind,
  nothing,
  read,
  serviceBytesMax,
  sizeOf,
  withNextAttempt,
  write,
} from '../../patterns/parts/envelope.ts';

const unsigned = (bits: number) =>
  fc.oneof(fc.constantFrom(0, 1, 2 ** bits - 1), fc.integer({ min: 0, max: 2 ** bits - 1 }));
const name = (pattern: RegExp) => fc.stringMatching(pattern);

const envelopes: fc.Arbitrary<Envelope> = fc.record({
  kind: fc.constantFrom(...Object.values(Kind)),
  delivery: fc.constantFrom('at-most-once' as const, 'at-least-once' as const),
  attempt: unsigned(16),
  client: name(/^[A-Za-z0-9._-]{0,16}$/),
  slot: unsigned(32),
  sequence: unsigned(48),
  epoch: unsigned(32),
  incarnation: unsigned(32),
  leaseUntil: unsigned(48),
  part: unsigned(16),
  remaining: unsigned(32),
  service: fc.oneof(name(/^[\x21-\x7e]{0,20}$/), fc.constant('s'.repeat(serviceBytesMax))),
  payload: fc.uint8Array({ maxLength: 300 }),
});

describe('one envelope', () => {
  test('reads as it was written, wherever it stands', () => {
    fc.assert(
      fc.property(envelopes, unsigned(8), (envelope, before) => {
        const frame = new Uint8Array(before + sizeOf(envelope.service, envelope.payload) + 7).fill(0xee);
        const end = write(frame, before, envelope);
        expect(end).toBe(frame.length - 7);
        const back = emptyEnvelope();
        expect(read(frame, before, back)).toBe(end);
        expect(back).toEqual(envelope);
        expect(frame.subarray(0, before).every((byte) => byte === 0xee)).toBe(true);
        expect(frame.subarray(end).every((byte) => byte === 0xee)).toBe(true);
      }),
    );
  });

  test('is told from anything else by its first bytes and its size', () => {
    fc.assert(fc.property(envelopes, (envelope) => isEnvelope(encode(envelope))));
    expect(isEnvelope(nothing)).toBe(false);
    expect(isEnvelope(encode(emptyEnvelope()).subarray(0, headerBytes - 1))).toBe(false);
  });

  test('carries what is out of range as the nearest that it can', () => {
    const back = emptyEnvelope();
    read(encode({ ...emptyEnvelope(), attempt: 70_000, remaining: -5 }), 0, back);
    expect(back).toMatchObject({ attempt: 0xffff, remaining: 0 });
    read(encode({ ...emptyEnvelope(), remaining: 1e12 }), 0, back);
    expect(back.remaining).toBe(0xffffffff);
  });

  test('has its fields where the table says', () => {
    const frame = encode({
      ...emptyEnvelope(),
      kind: Kind.reply,
      delivery: 'at-most-once',
      attempt: 0x0102,
      client: 'shop',
      slot: 0x01020304,
      sequence: 0x010203040506,
      service: 'ab',
      payload: Uint8Array.of(9),
    });
    expect(Buffer.from(frame.subarray(0, 12)).toString('latin1')).toBe('PVT\u0001\u0002\u0000\u0002\u0001shop');
    expect([...frame.subarray(24, 36)]).toEqual([4, 3, 2, 1, 6, 5, 4, 3, 2, 1, 2, 0]);
    expect([...frame.subarray(56)]).toEqual([1, 0, 0, 0, 97, 98, 9]);
  });
});

describe('a batch', () => {
  const batches = fc.array(envelopes, { minLength: 1, maxLength: 6 });

  test('reads one by one as it was written', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        expect(readAll(written(batch))).toEqual({ batch, rest: 0 });
      }),
    );
  });

  test('is, one attempt further, the same but for its attempts, and leaves the original alone', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const frame = written(batch);
        const before = frame.slice();
        const further = batch.map((one) => ({ ...one, attempt: Math.min(one.attempt + 1, 0xffff) }));
        expect(readAll(withNextAttempt(frame))).toEqual({ batch: further, rest: 0 });
        expect(frame).toEqual(before);
      }),
    );
  });
});

describe('bytes from anywhere', () => {
  const anything = fc.uint8Array({ maxLength: 200 });

  test('are an envelope within the frame, or none; never a throw', () => {
    fc.assert(
      fc.property(anything, fc.nat(250), (frame, offset) => {
        expectSound(frame, offset);
        withNextAttempt(frame);
      }),
    );
  });

  test('cut short are none', () => {
    fc.assert(
      fc.property(envelopes, fc.nat(), (envelope, cut) => {
        const frame = encode(envelope);
        expect(read(frame.subarray(0, cut % frame.length), 0, emptyEnvelope())).toBe(-1);
      }),
    );
  });

  test('with a few of them changed are an envelope within the frame, or none', () => {
    fc.assert(
      fc.property(envelopes, fc.array(fc.tuple(fc.nat(), unsigned(8)), { maxLength: 4 }), (envelope, changes) => {
        const frame = encode(envelope);
        for (const [at, value] of changes) frame[at % frame.length] = value;
        expectSound(frame, 0);
        expect(withNextAttempt(frame)).toHaveLength(frame.length);
      }),
    );
  });

  test('whose lengths lie are none', () => {
    const lengths = fc.constantFrom<readonly [number, number]>([34, 2], [56, 4]);
    fc.assert(
      fc.property(envelopes, lengths, fc.integer({ min: 1, max: 2 ** 16 - 1 }), (envelope, [at, bytes], more) => {
        const frame = encode(envelope);
        const view = new DataView(frame.buffer);
        const said = bytes === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
        fc.pre(bytes === 4 || said + more <= 0xffff);
        if (bytes === 2) view.setUint16(at, said + more, true);
        else view.setUint32(at, said + more, true);
        expect(read(frame, 0, emptyEnvelope())).toBe(-1);
      }),
    );
  });
});

/** Either -1, or an envelope that lies within the frame and makes progress. */
function expectSound(frame: Uint8Array, offset: number): void {
  const envelope = emptyEnvelope();
  const end = read(frame, offset, envelope);
  if (end === -1) return;
  expect(end).toBeGreaterThanOrEqual(offset + headerBytes);
  expect(end).toBeLessThanOrEqual(frame.length);
  expect(Object.values(Kind)).toContain(envelope.kind);
  expect(envelope.service.length).toBeLessThanOrEqual(serviceBytesMax);
  expect(envelope.payload.byteOffset + envelope.payload.length).toBeLessThanOrEqual(frame.byteOffset + end);
}

function written(batch: readonly Envelope[]): Uint8Array {
  const frame = new Uint8Array(batch.reduce((bytes, { service, payload }) => bytes + sizeOf(service, payload), 0));
  let offset = 0;
  for (const envelope of batch) offset = write(frame, offset, envelope);
  return frame;
}

function readAll(frame: Uint8Array): { batch: Envelope[]; rest: number } {
  const batch: Envelope[] = [];
  let offset = 0;
  while (offset < frame.length) {
    const envelope = emptyEnvelope();
    const next = read(frame, offset, envelope);
    if (next < 0) break;
    batch.push({ ...envelope, payload: envelope.payload.slice() });
    offset = next;
  }
  return { batch, rest: frame.length - offset };
}

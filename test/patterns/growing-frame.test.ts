import { expect, test } from 'vitest';
import { emptyEnvelope, encode, read } from '../../patterns/parts/envelope.ts';
import { GrowingFrame } from '../../patterns/parts/growing-frame.ts';

test('envelopes one behind the other, whatever the sizes, message after message', () => {
  const frame = new GrowingFrame();
  for (let message = 0; message < 20; message++) {
    const payloads = Array.from({ length: 1 + ((message * 7) % 13) }, (_, i) =>
      Buffer.alloc((i * i * message) % 3000, i),
    );
    const envelopes = payloads.map((payload, slot) => ({ ...emptyEnvelope(), client: 'shop', slot, payload }));
    for (const [i, envelope] of envelopes.entries()) {
      expect(frame.count).toBe(i);
      frame.add(envelope);
    }
    expect(frame.bytes).toBe(payloads.reduce((sum, { length }) => sum + 60 + length, 0));
    const taken = frame.take();
    expect(Buffer.from(taken)).toEqual(Buffer.concat(envelopes.map(encode)));
    expect([frame.count, frame.bytes]).toEqual([0, 0]);
  }
});

test('what was taken is not written to again', () => {
  const frame = new GrowingFrame();
  const [first, second] = [1, 2].map((slot) => {
    frame.add({ ...emptyEnvelope(), slot });
    return frame.take();
  });
  const into = emptyEnvelope();
  expect([first!, second!].map((frame) => read(frame, 0, into) && into.slot)).toEqual([1, 2]);
});

test('what is written already leaves uncopied by itself, and is not written to where more follows', () => {
  const frame = new GrowingFrame();
  const written = encode({ ...emptyEnvelope(), slot: 1 });
  frame.addWritten(written);
  expect(frame.take()).toBe(written);
  const before = Buffer.from(written);
  const more = { ...emptyEnvelope(), slot: 2 };
  frame.addWritten(written);
  frame.add(more);
  frame.addWritten(written);
  expect(Buffer.from(frame.take())).toEqual(Buffer.concat([written, encode(more), written]));
  expect(Buffer.from(written)).toEqual(before);
});

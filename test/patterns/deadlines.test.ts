import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Deadlines } from '../../patterns/parts/deadlines.ts';

test('the same as a sorted array, whatever is done to it', () => {
  const slots = fc.oneof(fc.nat(7), fc.nat(300));
  const times = fc.oneof(fc.nat(5), fc.nat(1_000_000));
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('set' as const), slot: slots, at: times }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), slot: slots, at: times }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('due' as const), slot: slots, at: times }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const real = new Deadlines();
      const model = new Map<number, number>();
      const earliest = () => Math.min(...model.values());
      for (const { do: what, slot, at } of steps) {
        if (what === 'set') {
          real.set(slot, at);
          model.set(slot, at);
        } else if (what === 'remove') {
          real.remove(slot);
          model.delete(slot);
        } else {
          let last = Number.NEGATIVE_INFINITY;
          for (let due = real.due(at); due >= 0; due = real.due(at)) {
            expect(model.get(due)).toBe(earliest());
            expect(model.get(due)).toBeLessThanOrEqual(at);
            expect(model.get(due)).toBeGreaterThanOrEqual(last);
            last = model.get(due)!;
            model.delete(due);
          }
          expect(earliest()).toBeGreaterThan(at);
        }
        expect(real.next).toBe(earliest());
      }
    }),
  );
});

test('a thousand in order and out of order come due in order', () => {
  for (const place of [(i: number) => i, (i: number) => 999 - i, (i: number) => (i * 617) % 1000]) {
    const deadlines = new Deadlines();
    for (let i = 0; i < 1000; i++) deadlines.set(i, place(i));
    const came = Array.from({ length: 1000 }, () => place(deadlines.due(1e9)));
    expect(came).toEqual([...came].sort((a, b) => a - b));
    expect(deadlines.due(1e9)).toBe(-1);
    expect(deadlines.next).toBe(Number.POSITIVE_INFINITY);
  }
});

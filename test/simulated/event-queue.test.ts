/** Virtual time: what is due first happens first, and of two that are due at once the one that was planned first. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../harness/worlds/simulated/event-queue.ts';
import { draw, drawNth, seedFrom } from '../../patterns/parts/chance.ts';

describe('the event queue', () => {
  it('keeps the order of time, then of planning, whatever is planned while it goes on', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50), fc.array(fc.nat(20), { maxLength: 3 }))), (plans) => {
        const queue = new EventQueue(0);
        const happened: [at: number, planned: number][] = [];
        let planned = 0;
        const plan = (at: number, further: readonly number[]) => {
          const number = planned++;
          queue.at(at, () => {
            happened.push([queue.now, number]);
            for (const later of further) plan(queue.now + later, []);
          });
        };
        for (const [at, further] of plans) plan(at, further);
        while (queue.step());
        expect(happened).toHaveLength(planned);
        expect(happened).toEqual([...happened].sort(([a, m], [b, n]) => a - b || m - n));
      }),
    );
  });

  it('grows, and does at once what is already over', () => {
    const queue = new EventQueue(100);
    let count = 0;
    for (let n = 0; n < 1000; n++) queue.at(n % 90, () => count++);
    while (queue.step()) expect(queue.now).toBe(100);
    expect([count, queue.next]).toEqual([1000, Number.POSITIVE_INFINITY]);
  });
});

describe('keyed chance', () => {
  it('is even, and the same for the same key', () => {
    const seed = seedFrom(7, 'a key');
    const tenths = new Array<number>(10).fill(0);
    for (let n = 0; n < 10_000; n++) tenths[Math.floor(drawNth(seed, n) * 10)]!++;
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(drawNth(seed, 3)).toBe(drawNth(seed, 3));
    expect(draw(7, 'a key')).not.toBe(draw(8, 'a key'));
  });
});

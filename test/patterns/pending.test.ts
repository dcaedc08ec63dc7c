import { beforeEach, describe, expect, test } from 'vitest';
import { FULL, type Order } from '../../patterns/machine.ts';
import { Pending } from '../../patterns/parts/pending.ts';
import { RecordingEffects } from './recording-effects.ts';

let effects: RecordingEffects;
let pending: Pending;

beforeEach(() => {
  effects = new RecordingEffects();
  pending = new Pending(effects, 3, 10);
});

describe('slots and sequences', () => {
  test('slots are reused, last in, first out; sequences never', () => {
    const slots = [pending.open(order()), pending.open(order()), pending.open(order())];
    expect(slots).toEqual([0, 1, 2]);
    pending.settle(0, 'committed');
    pending.settle(2, 'committed');
    expect([pending.open(order()), pending.open(order())]).toEqual([2, 0]);
    expect([0, 1, 2].map((slot) => pending.sequence(slot))).toEqual([14, 11, 13]);
  });

  test('one over the limit is full, and takes no sequence', () => {
    for (let i = 0; i < 3; i++) pending.open(order());
    expect(pending.open(order())).toBe(FULL);
    expect(pending.size).toBe(3);
    pending.settle(1, 'committed');
    expect(pending.sequence(pending.open(order()))).toBe(13);
  });

  test('a sequence that a caller names is kept, and not made a second time', () => {
    expect(pending.sequence(pending.open(order({ sequence: 4 })))).toBe(4);
    expect(pending.sequence(pending.open(order()))).toBe(10);
    pending.settle(0, 'committed');
    pending.settle(1, 'committed');
    expect(pending.sequence(pending.open(order({ sequence: 11 })))).toBe(11);
    expect(pending.sequence(pending.open(order()))).toBe(12);
  });

  test('the largest sequence of all leaves the others where they were', () => {
    pending.open(order({ sequence: 2 ** 48 - 1 }));
    expect(pending.sequence(pending.open(order()))).toBe(10);
  });

  test('a late reply to what had the slot before is not taken for this one’s', () => {
    const slot = pending.open(order());
    pending.settle(slot, 'deadline');
    expect(pending.has(slot, 10)).toBe(false);
    expect(pending.open(order())).toBe(slot);
    expect(pending.has(slot, 10)).toBe(false);
    expect(pending.has(slot, 11)).toBe(true);
    expect(pending.has(77, 10)).toBe(false);
    expect([...pending.slots()]).toEqual([slot]);
  });
});

describe('what is said in the end', () => {
  test('never handed over: unsent, withdrawn', () => {
    expect(late(() => {})).toBe('unsent');
    expect(abandoned(() => {})).toBe('withdrawn');
  });

  test('with an attempt in doubt: unknown', () => {
    const attempted = (slot: number) => pending.attempted(slot);
    expect(late(attempted)).toBe('deadline');
    expect(abandoned(attempted)).toBe('abandoned');
  });

  test('came back untaken: as if never handed over', () => {
    expect(
      late((slot) => {
        pending.attempted(slot);
        pending.returned(slot);
      }),
    ).toBe('unsent');
  });

  test('every attempt was said not to be executed: refused', () => {
    const refused = (slot: number) => {
      for (const attempt of [1, 2, 3]) {
        pending.attempted(slot);
        pending.cleared(slot, attempt);
      }
    };
    expect(late(refused)).toBe('not-executed');
    expect(abandoned(refused)).toBe('withdrawn');
  });

  test('one answer said twice clears one doubt', () => {
    expect(
      late((slot) => {
        pending.attempted(slot);
        pending.attempted(slot);
        pending.cleared(slot, 2);
        pending.cleared(slot, 2);
      }),
    ).toBe('deadline');
  });

  test('an answer to an attempt that a broker added clears nothing', () => {
    expect(
      late((slot) => {
        pending.attempted(slot);
        pending.cleared(slot, 2);
        pending.cleared(slot, 0);
      }),
    ).toBe('deadline');
  });

  test('a doubt among hundreds of attempts is not forgotten', () => {
    for (const doubtful of [1, 2, 40, 299, 300]) {
      const told = late((slot) => {
        for (let attempt = 1; attempt <= 300; attempt++) {
          pending.attempted(slot);
          if (attempt !== doubtful) pending.cleared(slot, attempt);
        }
      });
      expect(told).toBe('deadline');
    }
    const told = late((slot) => {
      for (let attempt = 1; attempt <= 300; attempt++) {
        pending.attempted(slot);
        pending.cleared(slot, attempt);
      }
    });
    expect(told).toBe('not-executed');
  });
});

test('deadlines come due in order, and go with what settles', () => {
  const [a, b, c] = [300, 100, 200].map((deadline) => pending.open(order({ deadline })));
  expect(pending.deadline).toBe(100);
  pending.settle(b!, 'committed');
  expect(pending.deadline).toBe(200);
  expect(pending.due(199)).toBe(-1);
  expect(pending.due(300)).toBe(c);
  expect(pending.due(300)).toBe(a);
  expect(pending.remaining(a!, 250)).toBe(50);
});

test('very many that come due at once are settled in slices, none forgotten and none twice', () => {
  const count = 10_000;
  const many = new Pending(effects, count, 1);
  for (let i = 0; i < count; i++) many.open(order({ deadline: 1000 + (i % 7) }));
  let now = 2000;
  let slices = 0;
  for (; many.size > 0; now = many.deadline) {
    const before = effects.settled.length;
    for (let slot = many.due(now); slot >= 0; slot = many.due(now)) many.settleLate(slot);
    expect(effects.settled.length - before).toBeLessThanOrEqual(2048);
    // A message that comes right away brings no slice forward.
    if (many.size > 0) expect(many.due(now + 1)).toBe(-1);
    expect(many.deadline).toBeGreaterThan(now);
    slices++;
  }
  expect(slices).toBe(Math.ceil(count / 2048));
  expect(new Set(effects.settled.map(({ slot }) => slot)).size).toBe(count);
  expect(many.deadline).toBe(Number.POSITIVE_INFINITY);
});

function late(happened: (slot: number) => void): string {
  const slot = pending.open(order());
  happened(slot);
  pending.settleLate(slot);
  return effects.settled.at(-1)!.how;
}

function abandoned(happened: (slot: number) => void): string {
  const slot = pending.open(order());
  happened(slot);
  pending.settleAbandoned(slot);
  return effects.settled.at(-1)!.how;
}

function order(given: Partial<Order> = {}): Order {
  return { request: new Uint8Array(1), deadline: 1000, delivery: 'at-least-once', ...given };
}

import { describe, expect, it } from 'vitest';
import { AnswerParts, numberOf } from '../../patterns/parts/answer-parts.ts';
import { emptyEnvelope, nextPart } from '../../patterns/parts/envelope.ts';
import { Pending } from '../../patterns/parts/pending.ts';
import { RecordingEffects } from './recording-effects.ts';

function pendingOf(inParts: boolean) {
  const effects = new RecordingEffects();
  const pending = new Pending(effects, 10, 1);
  const slot = pending.open({ request: new Uint8Array(), deadline: 1000, delivery: 'at-least-once', inParts });
  const envelope = (attempt: number, part: number) => ({
    ...emptyEnvelope(),
    attempt,
    part,
    payload: Uint8Array.of(attempt, part),
  });
  return {
    effects,
    pending,
    slot,
    take: (attempt: number, part: number) => pending.takePart(slot, envelope(attempt, part)),
    completes: (attempt: number, part: number) => pending.completes(slot, envelope(attempt, part)),
    taken: () => effects.parts.map(({ body, isFirst }) => [...body, isFirst]),
  };
}

describe('the parts of an answer at the client', () => {
  it('are taken in order, and what repeats or skips one is not', () => {
    const { take, taken, completes } = pendingOf(true);
    for (const part of [1, 1, 2, 4, 2, 3]) take(1, part);
    expect(taken()).toEqual([
      [1, 1, true],
      [1, 2, false],
      [1, 3, false],
    ]);
    expect([3, 4, 5].map((part) => completes(1, part))).toEqual([false, true, false]);
  });

  it('begin anew with another attempt’s first, for a caller who wants the whole', () => {
    const { take, taken, completes } = pendingOf(false);
    for (const [attempt, part] of [
      [1, 1],
      [1, 2],
      [2, 1],
      [1, 3],
      [2, 2],
    ] as const)
      take(attempt, part);
    expect(taken()).toEqual([
      [1, 1, true],
      [1, 2, false],
      [2, 1, true],
      [2, 2, false],
    ]);
    expect(completes(1, 4)).toBe(false);
    expect(completes(2, 3)).toBe(true);
  });

  it('don’t begin anew for a caller who has some already: it is not to be tried elsewhere', () => {
    const { take, taken, completes, pending, slot } = pendingOf(true);
    expect(pending.mayRepeat(slot)).toBe(true);
    take(1, 1);
    take(2, 1);
    expect(taken()).toEqual([[1, 1, true]]);
    expect(pending.mayRepeat(slot)).toBe(false);
    expect(completes(2, 0)).toBe(false);
    expect(completes(1, 2)).toBe(true);
  });

  it('may be none, or the answer be whole', () => {
    const { completes } = pendingOf(true);
    expect(completes(1, 0)).toBe(true);
    expect(completes(1, 1)).toBe(true);
    expect(completes(1, 2)).toBe(false);
  });
});

describe('the parts of an answer at the server', () => {
  it('are numbered from 1, round and round, without 0', () => {
    const parts = new AnswerParts(0);
    let expected = 1;
    for (let i = 0; i < 70_000; i++) {
      expect(parts.add(new Uint8Array(0))).toBe(expected);
      expect(numberOf(i)).toBe(expected);
      expected = nextPart(expected);
    }
    expect(parts.endNumber).toBe(expected);
  });

  it('are kept while all of them together are within the limit', () => {
    const parts = new AnswerParts(10);
    parts.add(new Uint8Array(6));
    expect(parts.isWhole).toBe(true);
    parts.add(new Uint8Array(6));
    parts.add(new Uint8Array(1));
    expect(parts).toMatchObject({ isWhole: false, bodies: [], endNumber: 4 });
  });
});

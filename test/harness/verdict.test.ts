import { describe, expect, it } from 'vitest';
import { cells } from '../../harness/verdict.ts';
import type { Outcome } from '../../patterns/transaction.ts';
import { judgeOne, RunRecord, times } from './run-record.ts';

describe('the matrix', () => {
  const table: readonly [Outcome, number, string, honest: boolean][] = [
    ['committed', 0, 'PHANTOM', false],
    ['committed', 1, 'ONCE', true],
    ['committed', 2, 'DUPLICATED', true],
    ['committed', 3, 'DUPLICATED', true],
    ['rejected', 0, 'ONCE', true],
    ['rejected', 1, 'ONCE', true],
    ['rejected', 2, 'DUPLICATED', true],
    ['refused', 0, 'REFUSED', true],
    ['refused', 1, 'FALSE REFUSAL', false],
    ['refused', 2, 'FALSE REFUSAL', false],
    ['unknown', 0, 'LOST', true],
    ['unknown', 1, 'ORPHAN', true],
    ['unknown', 2, 'ORPHAN-DUPLICATED', true],
  ];
  it.each(table)('a transaction told %s and executed %i times is %s (honest: %s)', (outcome, count, cell, honest) => {
    const { transaction, verdict } = judgeOne({ outcome, at: 3, executed: times(count) });
    expect(transaction).toMatchObject({ cell, executions: count });
    expect(verdict.honest).toBe(honest);
    expect(verdict.cells).toEqual({ ...Object.fromEntries(cells.map((each) => [each, 0])), [cell]: 1 });
  });

  it.each([0, 1, 2])('a transaction never settled though its client lived on, executed %i times, is STUCK', (count) => {
    const { transaction, verdict } = judgeOne({ executed: times(count) });
    expect(transaction.cell).toBe('STUCK');
    expect(verdict).toMatchObject({ stuck: 1, honest: false });
  });

  it.each([
    [0, 'ABANDONED'],
    [1, 'ABANDONED-ORPHAN'],
    [2, 'ABANDONED-DUPLICATED'],
  ])('a transaction whose client died, executed %i times, is %s', (count, cell) => {
    const record = new RunRecord();
    record.told({ executed: times(count) });
    const { transactions, verdict } = record.judge();
    expect(transactions[0]!.cell).toBe(cell);
    expect(verdict).toMatchObject({ stuck: 0, honest: true, duplicated: count === 2 ? 1 : 0 });
  });

  it('executions by different servers count together', () => {
    const { transaction } = judgeOne({ at: 3, executed: [{ by: 'server-1' }, { by: 'server-2', attempt: 2 }] });
    expect(transaction).toMatchObject({ cell: 'DUPLICATED', executions: 2 });
  });

  it('a run with one transaction of each kind is counted by the matrix', () => {
    const record = new RunRecord();
    for (const [outcome, count] of table) record.told({ outcome, at: 3, executed: times(count) });
    record.told({});
    const { verdict } = record.ended(100).judge();
    expect(verdict).toMatchObject({ due: 14, committed: 7, refused: 3, unknown: 3, stuck: 1 });
    expect(verdict).toMatchObject({ lost: 1, orphaned: 2, duplicated: 4, phantom: 1, falseRefusals: 2, honest: false });
  });
});

describe('what is noted beside the cell', () => {
  it('a commit within the limit is not delayed, one past it is, counted from when it was due', () => {
    expect(judgeOne({ due: 10, invoked: 40, at: 60, executed: times(1) }).verdict.delayed).toBe(0);
    const { transaction, verdict } = judgeOne({ due: 10, invoked: 40, at: 60.001, executed: times(1) });
    expect(transaction).toMatchObject({ dueMs: 10, latencyMs: 50.001, censored: false, delayed: true });
    expect(verdict).toMatchObject({ delayed: 1, worstMs: 50.001 });
  });

  it.each(['refused', 'unknown'] as const)('a %s transaction enters as at least the deadline', (outcome) => {
    const early = judgeOne({ due: 10, at: 20, outcome });
    expect(early.transaction).toMatchObject({ latencyMs: 3000, censored: true, delayed: false });
    const late = judgeOne({ due: 10, at: 3110, outcome });
    expect(late.transaction).toMatchObject({ latencyMs: 3100, censored: true, delayed: false });
    expect(late.verdict).toMatchObject({ worstMs: 3100, delayed: 0 });
  });

  it('a stuck transaction kept its caller waiting until the end, an abandoned one counts as the deadline', () => {
    expect(judgeOne({ due: 10 }).transaction).toMatchObject({ latencyMs: 9990, censored: true });
    const record = new RunRecord();
    record.told({ due: 10 });
    expect(record.judge().transactions[0]).toMatchObject({ latencyMs: 3000, censored: true });
  });

  it('attempts are the highest that client or servers saw, and a commit with more than one is masked', () => {
    const record = new RunRecord();
    const brokered = record.told({ at: 5, executed: [{ attempt: 3 }] });
    record.attempt(brokered, 1, 'tcp://broker', 1);
    const retried = record.told({ at: 9, executed: [{ attempt: 1 }] });
    record.attempt(retried, 1, 'tcp://a', 1);
    record.attempt(retried, 2, 'tcp://b', 2);
    const unknown = record.told({ at: 9, outcome: 'unknown' });
    record.received('server-1', unknown, 2, 4);
    record.told({ at: 9, executed: times(1) });
    const { transactions, verdict } = record.ended(100).judge();
    expect(transactions.map(({ attempts, masked }) => [attempts, masked])).toEqual([
      [3, true],
      [2, true],
      [4, false],
      [1, false],
    ]);
    expect(verdict).toMatchObject({ attempts: 10, masked: 2 });
  });

  it('an execution that begins after the caller was told is late, and a transaction counts once', () => {
    expect(judgeOne({ at: 5, executed: [{ began: 5 }] }).verdict.lateExecutions).toBe(0);
    const zombie = { at: 5, outcome: 'unknown' as const, executed: [{ began: 1 }, { began: 6 }, { began: 7 }] };
    expect(judgeOne(zombie).verdict.lateExecutions).toBe(1);
    const first = { at: 5, executed: [{ began: 6 }, { began: 1 }] };
    expect(judgeOne(first).verdict.lateExecutions).toBe(1);
    expect(judgeOne(zombie).transaction.late).toBe(true);
  });

  it("a reply that is another's is mismatched and a lie", () => {
    const { transaction, verdict } = judgeOne({ at: 5, matched: false, executed: times(1) });
    expect(transaction).toMatchObject({ cell: 'ONCE', mismatched: true });
    expect(verdict).toMatchObject({ mismatched: 1, honest: false });
  });

  it('a promise that settled twice is judged by the first, is a lie, and leaves a doubt', () => {
    const record = new RunRecord();
    record.told({ at: 5, executed: times(1) });
    record.settled(0, 'unknown', 6);
    const { transactions, verdict } = record.ended(100).judge();
    expect(transactions[0]).toMatchObject({ cell: 'ONCE', latencyMs: 5, mismatched: true });
    expect(verdict).toMatchObject({ committed: 1, unknown: 0, mismatched: 1, honest: false });
    expect(verdict.doubts).toEqual(['1 transaction was settled more than once, such as load:1']);
  });

  it('a run without a fault has no failover, no blackout and no outage', () => {
    const { verdict } = judgeOne({ at: 5, executed: times(1) });
    expect(verdict).toMatchObject({ failoverMs: null, blackoutMs: null, outageShare: null, conclusive: true });
    expect(verdict.doubts).toEqual([]);
  });
});

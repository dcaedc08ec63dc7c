import { describe, expect, it } from 'vitest';
import { checkClaims } from '../../harness/claims.ts';
import type { Verdict } from '../../harness/verdict.ts';
import type { Claims } from '../../patterns/pattern.ts';
import type { Delivery } from '../../patterns/transaction.ts';
import { judgeOne } from './run-record.ts';

const clean = judgeOne({ at: 5, executed: [{}] }).verdict;
const claims: Claims = { survives: ['none', 'kill'], executes: 'at least once', failoverMs: { kill: 250 } };

function kept(
  claim: string,
  fault: string,
  found: Partial<Verdict>,
  said: Claims = claims,
  delivery: Delivery = 'at-least-once',
): boolean | undefined {
  return checkClaims(said, fault, { ...clean, ...found }, delivery).find((each) => each.claim === claim)?.kept;
}

describe('claims', () => {
  it('a run under a fault that the variant survives tests all of its claims, honesty first', () => {
    expect(checkClaims(claims, 'kill', { ...clean, failoverMs: 250 }, 'at-least-once')).toEqual([
      { claim: 'tells no lies', kept: true },
      { claim: 'loses nothing to kill', kept: true },
      { claim: 'executes what it commits', kept: true },
      { claim: 'fails over within 250 ms', kept: true },
    ]);
  });

  it('a run without a fault tests that nothing is lost without one', () => {
    expect(checkClaims(claims, 'none', clean, 'at-least-once').map(({ claim }) => claim)).toEqual([
      'tells no lies',
      'loses nothing without a fault',
      'executes what it commits',
    ]);
  });

  it('a fault of which the variant claims nothing still tests honesty and executions', () => {
    expect(
      checkClaims({ ...claims, executes: 'at most once' }, 'pause', { ...clean, unknown: 9 }, 'at-most-once'),
    ).toEqual([
      { claim: 'tells no lies', kept: true },
      { claim: 'executes at most once', kept: true },
    ]);
  });

  it('a verdict that is not honest breaks the first claim', () => {
    expect(kept('tells no lies', 'pause', { honest: false })).toBe(false);
  });

  it.each(['unknown', 'refused', 'stuck'] as const)('one %s transaction breaks the claim to lose nothing', (field) => {
    expect(kept('loses nothing to kill', 'kill', { [field]: 1 })).toBe(false);
    expect(kept('loses nothing without a fault', 'none', { [field]: 1 })).toBe(false);
  });

  it('a duplicate breaks "at most once", and only that', () => {
    expect(kept('executes at most once', 'kill', { duplicated: 1 }, { ...claims, executes: 'at most once' })).toBe(
      false,
    );
    expect(kept('executes what it commits', 'kill', { duplicated: 1 })).toBe(true);
  });

  it('of what may not be repeated nothing is claimed under faults but that it takes place at most once', () => {
    expect(checkClaims(claims, 'kill', { ...clean, unknown: 9, failoverMs: 3000 }, 'at-most-once')).toEqual([
      { claim: 'tells no lies', kept: true },
      { claim: 'executes at most once', kept: true },
    ]);
    expect(kept('executes at most once', 'kill', { duplicated: 1 }, claims, 'at-most-once')).toBe(false);
    expect(kept('loses nothing without a fault', 'none', { unknown: 1 }, claims, 'at-most-once')).toBe(false);
  });

  it('a phantom breaks "at least once"', () => {
    expect(kept('executes what it commits', 'kill', { phantom: 1 })).toBe(false);
  });

  it('a failover over the bound, or one that was never seen, breaks the bound', () => {
    expect(kept('fails over within 250 ms', 'kill', { failoverMs: 250.1 })).toBe(false);
    expect(kept('fails over within 250 ms', 'kill', { failoverMs: null })).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { allowedLagMs, quietTransactions } from '../../harness/conclusiveness.ts';
import { caught, killed, RunRecord, times, victim } from './run-record.ts';

describe('a run is inconclusive', () => {
  it('when no transaction was invoked', () => {
    const { verdict } = new RunRecord().ended(5).judge();
    expect(verdict).toMatchObject({ due: 0, worstMs: 0, conclusive: false, doubts: ['no transaction was invoked'] });
  });

  it('when the load client died, though its death was not planned', () => {
    const record = new RunRecord();
    record.told({ at: 5, executed: times(1) });
    const doubt = 'the load client died, though no fault was meant for it: its history has no end';
    expect(record.judge().verdict).toMatchObject({ conclusive: false, doubts: [doubt] });
    const planned = killed();
    caught(planned);
    planned.fault('begun', 650, 1, 'client');
    expect(planned.judge().verdict.doubts).not.toContain(doubt);
  });

  it('when a planned fault never began, or began and did not take hold', () => {
    const faults = [
      { fault: 'kill', atMs: 1 },
      { fault: 'pause', target: 'broker' as const, atMs: 1 },
    ];
    const record = new RunRecord({ faults, load: { model: 'closed' } });
    record.told({ at: 5, executed: times(1) });
    record.fault('begun', 2);
    const { verdict } = record.ended(9).judge();
    expect(verdict.doubts).toEqual(['the kill on server-1 did not fire', 'the pause on broker did not fire']);
    expect(verdict.conclusive).toBe(false);
  });

  it('when the fault hit nothing in flight', () => {
    const record = killed();
    record.told({ due: 2000, at: 2001, executed: times(1) });
    const { verdict } = record.ended(2100).judge();
    expect(verdict).toMatchObject({ failoverMs: null, doubts: ['the kill on server-1 hit nothing in flight'] });
  });

  it('but not when a stroke at several, whatever they had, hit one of them', () => {
    const strikes = (at: readonly number[], isHit: boolean) => {
      const faults = at.map((atMs, i) => ({ fault: 'kill', target: `server-${i + 1}`, atMs, trigger: 'now' as const }));
      const record = killed({ faults });
      if (isHit) caught(record);
      for (const phase of ['begun', 'done'] as const) record.fault(phase, at[1]! + 1, 1, 'server-3');
      record.told({ due: 2000, at: 2001, executed: times(1) });
      return record.ended(2100).judge().verdict.doubts;
    };
    expect(strikes([600, 600], true)).toEqual([]);
    expect(strikes([600, 700], true)).toEqual(['the kill on server-3 hit nothing in flight']);
    expect(strikes([600, 600], false)).toEqual([
      'the kill on server-1 hit nothing in flight',
      'the kill on server-3 hit nothing in flight',
    ]);
  });

  it('when all that the victim had was settled by the very stamp of the fault', () => {
    const record = killed();
    caught(record, 600);
    record.told({ due: 2000, at: 2001, executed: times(1) });
    expect(record.ended(2100).judge().verdict.doubts).toEqual(['the kill on server-1 hit nothing in flight']);
  });

  it('but not when the fault was meant for an idle victim and nobody went there', () => {
    const record = killed({ faults: [{ fault: 'kill', atMs: 600, trigger: 'idle' }] });
    record.told({ due: 2000, at: 2001, executed: times(1) });
    expect(record.ended(2100).judge().verdict).toMatchObject({ failoverMs: 0, conclusive: true, doubts: [] });
  });

  it('when the fault was meant for an idle victim, and a request was under way to it', () => {
    const idle = { faults: [{ fault: 'kill', target: 'server-1' as const, atMs: 600, trigger: 'idle' as const }] };
    const lost = killed(idle);
    lost.attempt(lost.told({ due: 598, at: 1998, outcome: 'unknown' }), 1, undefined, 599);
    const doubt = 'the kill on server-1 was to strike it idle, and struck with a request under way';
    expect(lost.ended(2100).judge().verdict.doubts).toEqual([doubt]);
    const elsewhere = killed(idle);
    const id = elsewhere.told({ due: 598, at: 610, executed: [{ by: 'server-2', began: 605 }] });
    elsewhere.attempt(id, 1, undefined, 599);
    elsewhere.received('server-2', id, 604);
    expect(elsewhere.ended(2100).judge().verdict.doubts).toEqual([]);
  });

  it('but not when a request was routed to its endpoint as it had just died, and waited for its next life', () => {
    const record = killed({ faults: [{ fault: 'kill', target: 'server-1', atMs: 600, trigger: 'idle' }] });
    record.history.push({ kind: 'node', node: 'server-1', endpoint: victim, state: 'dead', at: record.at(601) });
    const id = record.told({ due: 601, at: 1650, executed: [{ by: 'server-1', began: 1640 }] });
    record.attempt(id, 1, undefined, 601.5);
    record.received('server-1', id, 1635);
    expect(record.ended(2100).judge().verdict.doubts).toEqual([]);
  });

  it('when a ledger could not be read', () => {
    const record = new RunRecord();
    record.told({ at: 5, executed: times(1) });
    record.ledgers.set('server-3', new Error('server-3.jsonl, line 2, is not JSON'));
    const doubts = ['the ledger of server-3 could not be read: server-3.jsonl, line 2, is not JSON'];
    expect(record.ended(9).judge().verdict).toMatchObject({ conclusive: false, doubts });
  });

  it('when the ledger of a server is not there at all', () => {
    const record = new RunRecord();
    record.told({ at: 5, executed: times(1) });
    record.node('server-2', 'tcp://server-2');
    record.node('broker-1', 'tcp://broker-1');
    record.ledgers.delete('server-2');
    expect(record.ended(9).judge().verdict.doubts).toEqual(['the ledger of server-2 is missing']);
  });

  it('when a history says twice what happens once, or has no beginning', () => {
    const record = killed();
    caught(record);
    record.fault('done', 603);
    expect(record.ended(2100).ended(2101).judge().verdict.doubts).toEqual([
      'the history says twice: done of fault 0',
      'the history says twice: ended',
    ]);
    const headless = new RunRecord();
    headless.told({ at: 5, executed: times(1) });
    headless.history.shift();
    expect(headless.ended(9).judge().verdict.doubts).toEqual(['the history has no beginning']);
  });

  it('when a transaction was settled twice', () => {
    const record = new RunRecord();
    record.told({ at: 5, executed: times(1) });
    record.settled(0, 'unknown', 6);
    const doubts = ['1 transaction was settled more than once, such as load:1'];
    expect(record.ended(9).judge().verdict).toMatchObject({ conclusive: false, doubts });
  });

  it('when the generator lagged at the 99th percentile of an open loop', () => {
    expect(lagging(1, 'open')).toEqual([]);
    expect(lagging(2, 'open')).toEqual([
      `the generator lagged by ${allowedLagMs + 0.5} ms at the 99th percentile, more than ${allowedLagMs} ms`,
    ]);
    expect(lagging(2, 'closed')).toEqual([]);
  });

  it('when the quiet window before the fault of an open loop was too short', () => {
    expect(quiet(quietTransactions, 'open')).toEqual([]);
    expect(quiet(quietTransactions - 1, 'open')).toEqual([
      'the quiet window was too short: 49 transactions before the fault, fewer than 50',
    ]);
    expect(quiet(quietTransactions - 1, 'closed')).toEqual([]);
  });

  it('when a server executed, or a client was told of, what was never invoked', () => {
    const record = new RunRecord();
    record.told({ at: 5, executed: times(1) });
    record.executed('server-1', 'load:77', 3);
    record.executed('server-2', 'load:78', 3);
    record.received('server-2', 'load:79', 3);
    record.settled(99, 'committed', 4);
    const { verdict } = record.ended(9).judge();
    expect(verdict.due).toBe(1);
    expect(verdict.doubts).toEqual([
      '2 transactions were executed but never invoked, such as load:77',
      '1 transaction was settled but never invoked, such as 99',
    ]);
  });

  it('when one id was invoked twice, so that its executions belong to nobody', () => {
    const record = new RunRecord();
    record.told({ at: 5, executed: times(1) });
    record.history.push({ kind: 'invoked', n: 5, id: 'load:1', due: 7_000_000, at: 7_000_000 });
    expect(record.ended(9).judge().verdict.doubts).toEqual([
      '1 transaction was invoked more than once, such as load:1',
    ]);
  });
});

/** A hundred transactions, so many of which were invoked too late. */
function lagging(late: number, model: 'open' | 'closed'): readonly string[] {
  const record = new RunRecord({ load: { model } });
  for (let k = 0; k < 100; k++) {
    const invoked = k < late ? allowedLagMs + 0.5 : allowedLagMs;
    record.told({ due: 0, invoked, at: 30, executed: times(1) });
  }
  return record.ended(100).judge().verdict.doubts;
}

/** A kill that hits one of so many transactions due before it. */
function quiet(count: number, model: 'open' | 'closed'): readonly string[] {
  const record = new RunRecord({ load: { model }, faults: [{ fault: 'kill', atMs: 600 }] });
  record.node('server-1', victim);
  record.answered(count - 1, 0, 1);
  caught(record);
  record.fault('begun', 600);
  record.fault('done', 601);
  record.told({ due: 600, at: 601, executed: times(1) });
  return record.ended(900).judge().verdict.doubts;
}

import { describe, expect, it } from 'vitest';
import { findFaults, findPattern } from '../../harness/registry.ts';
import { parseScenario } from '../../harness/scenario.ts';
import { attempt } from '../../harness/simulate/trial.ts';
import { caught, killed, RunRecord, times, victim } from './run-record.ts';

/** Handed to a broker once it was due, and received and answered by that server. */
function byBroker(
  record: RunRecord,
  server: string,
  { due, received, at, attempt = 1 }: { due: number; received: number; at: number; attempt?: number },
): void {
  const id = record.told({ due, at, executed: [{ by: server, attempt }] });
  record.attempt(id, 1, 'tcp://broker', due + 1);
  record.received(server, id, received, attempt);
}

describe('failover', () => {
  it('lasts from the fault until the last transaction with an attempt at the victim settled', () => {
    const record = killed();
    caught(record, 720);
    caught(record, 735.5);
    const elsewhere = record.told({ due: 590, at: 900, executed: times(1) });
    record.attempt(elsewhere, 1, 'tcp://another', 591);
    const { verdict, faults } = record.ended(2100).judge();
    expect(verdict).toMatchObject({ failoverMs: 135.5, conclusive: true });
    expect(faults).toEqual([{ fault: 'kill', node: 'server-1', fromMs: 600, untilMs: 1600 }]);
  });

  it('counts a transaction that only the ledger of the victim tells of', () => {
    const record = killed();
    const id = record.told({ due: 595, at: 850, executed: [{ by: 'server-2', attempt: 2 }] });
    record.attempt(id, 1, 'tcp://broker', 596);
    record.received('server-1', id, 597);
    expect(record.ended(2100).judge().verdict.failoverMs).toBe(250);
  });

  it('counts one handed to the dead victim during the outage, but not after its cure, nor one settled before it', () => {
    const record = killed();
    caught(record);
    record.attempt(record.told({ due: 700, at: 1650, executed: times(1) }), 1, victim, 701);
    record.attempt(record.told({ due: 1500, at: 1900, executed: times(1) }), 1, victim, 1601);
    const afterwards = record.told({ due: 1700, at: 1950, executed: times(1) });
    record.received('server-1', afterwards, 1701);
    const before = record.told({ due: 100, at: 600, executed: times(1) });
    record.attempt(before, 1, victim, 101);
    expect(record.ended(2100).judge().verdict.failoverMs).toBe(1050);
  });

  it('does not count what the next life of a dead victim received', () => {
    const record = killed();
    record.history.push({ ...record.history[0]!, kind: 'node', node: 'server-1', state: 'dead', at: record.at(602) });
    caught(record);
    const id = record.told({ due: 1400, at: 1650, executed: times(1) });
    record.attempt(id, 1, 'tcp://broker', 1401);
    record.received('server-1', id, 1599);
    expect(record.ended(2100).judge().verdict.failoverMs).toBe(120);
  });

  it('does not count what was handed to the next life of a dead victim, once the client had seen it', () => {
    const record = killed();
    record.history.push({ kind: 'node', node: 'server-1', state: 'dead', at: record.at(602) });
    record.history.push({ kind: 'peer', peer: victim, up: true, at: record.at(900) });
    caught(record);
    record.attempt(record.told({ due: 800, at: 1000, executed: times(1) }), 1, victim, 899);
    record.attempt(record.told({ due: 901, at: 1700, executed: times(1) }), 1, victim, 901);
    expect(record.ended(2100).judge().verdict.failoverMs).toBe(400);
  });

  it('counts what a frozen victim found in its buffers on waking, but not what it was handed just then', () => {
    const record = killed();
    caught(record);
    byBroker(record, 'server-1', { due: 1200, received: 1605, at: 1610 });
    const fresh = record.told({ due: 1300, at: 1700, executed: times(1) });
    record.attempt(fresh, 1, undefined, 1600);
    record.received('server-1', fresh, 1606);
    expect(record.ended(2100).judge().verdict.failoverMs).toBe(1010);
  });

  it('does not count what came to the woken victim no later than to others: it had waited for its turn, not lain there', () => {
    const record = killed();
    caught(record);
    byBroker(record, 'server-2', { due: 1150, received: 1590, at: 1640 });
    byBroker(record, 'server-1', { due: 1200, received: 1605, at: 1650 });
    expect(record.ended(2100).judge().verdict.failoverMs).toBe(120);
  });

  it('but counts it where others got only what was handed over later, or what was tried again', () => {
    const record = killed();
    caught(record);
    byBroker(record, 'server-2', { due: 1150, received: 1590, at: 1640, attempt: 2 });
    byBroker(record, 'server-2', { due: 1560, received: 1600, at: 1640 });
    byBroker(record, 'server-1', { due: 1200, received: 1605, at: 1650 });
    expect(record.ended(2100).judge().verdict.failoverMs).toBe(1050);
  });

  it('takes one that never settled as settled by its deadline', () => {
    const record = killed();
    const id = record.told({ due: 590 });
    record.attempt(id, 1, victim, 591);
    expect(record.ended(9000).judge().verdict.failoverMs).toBe(2990);
  });

  it('is the worst of several faults, each counted from its own stamp', () => {
    const faults = [
      { fault: 'kill', atMs: 600 },
      { fault: 'kill', atMs: 2000 },
    ];
    const record = killed({ faults });
    caught(record, 720);
    for (const [phase, at] of [
      ['begun', 2000],
      ['done', 2002],
      ['cured', 2500],
    ] as const)
      record.fault(phase, at, 1);
    record.attempt(record.told({ due: 1990, at: 2200, executed: times(1) }), 1, victim, 1991);
    expect(record.ended(3000).judge().verdict).toMatchObject({ failoverMs: 200, doubts: [] });
  });

  it('a fault without a cure lasts until the last stamp of the history', () => {
    const record = new RunRecord();
    record.told({ at: 5, executed: times(1) });
    record.fault('begun', 100);
    expect(record.ended(777).judge().faults[0]).toMatchObject({ fromMs: 100, untilMs: 777 });
  });
});

describe('blackout', () => {
  it('is the longest stretch without a commit after the fault, less the usual spacing', () => {
    const record = killed();
    caught(record, 720);
    record.answered(30, 1000, 10);
    record.told({ due: 1300, at: 1301, executed: times(1) });
    // Commits at 591, 720, 1001, …, 1291, 1301: the longest gap is 281, the usual one 10.
    expect(record.ended(2100).judge().verdict.blackoutMs).toBe(271);
  });

  it('begins with the last commit before the fault', () => {
    const record = killed();
    caught(record, 720);
    record.answered(140, 721, 10);
    expect(record.ended(2200).judge().verdict.blackoutMs).toBe(119);
  });

  it('lasts until the end of the load where nothing commits any more, and no longer', () => {
    const record = killed();
    caught(record, 'never');
    record.told({ due: 2000, at: 5000, outcome: 'unknown' });
    expect(record.ended(9000).judge().verdict.blackoutMs).toBe(1399);
  });

  it('lasts until the planned end of a closed loop, which has nothing due while it hangs', () => {
    const record = killed({ load: { model: 'closed', durationMs: 3000 } });
    caught(record, 'never');
    expect(record.ended(9000).judge().verdict.blackoutMs).toBe(2399);
  });

  it('ignores the quiet after the load', () => {
    const record = killed();
    caught(record, 600.5);
    record.answered(141, 600, 10);
    record.told({ due: 1990, at: 4000, executed: times(1) });
    expect(record.ended(4100).judge().verdict.blackoutMs).toBe(0);
  });

  it('counts from the fault itself where nothing had committed before', () => {
    const record = new RunRecord({ faults: [{ fault: 'kill', atMs: 100 }] });
    record.fault('begun', 100);
    record.told({ due: 100, at: 150, executed: times(1) });
    record.told({ due: 180, at: 181, executed: times(1) });
    expect(record.ended(300).judge().verdict.blackoutMs).toBe(50);
  });
});

describe('the outage share', () => {
  it('is the share of transactions due while the fault lasted that committed in time', () => {
    const record = killed();
    caught(record);
    record.told({ due: 599.9, at: 3000, outcome: 'unknown' });
    record.told({ due: 600, at: 650, executed: times(1) });
    record.told({ due: 700, at: 750.1, executed: times(1) });
    record.told({ due: 800, at: 801, outcome: 'refused' });
    record.told({ due: 1599.9, at: 1601, executed: times(1) });
    record.told({ due: 1600, at: 1900, outcome: 'unknown' });
    expect(record.ended(5000).judge().verdict.outageShare).toBe(0.5);
  });

  it('is null where nothing was due', () => {
    const record = killed();
    caught(record);
    expect(record.ended(2000).judge().verdict.outageShare).toBeNull();
  });
});

describe('a fault on one message between a broker and a server', () => {
  it.each([
    ['drop-message', 'requests', 3000],
    ['drop-message', 'replies', 3000],
    ['hold-message', 'requests', 1000],
    ['cut-in-frame', 'requests', 30],
    ['duplicate-message', 'replies', 0],
  ])('%s, of %s, hit the transaction whose it was', async (fault, direction, expectedMs) => {
    const { pattern } = await findPattern('majordomo');
    const event = { fault, target: 'broker-1/server-1', atMs: 700, trigger: 'now' as const, with: { direction } };
    const load = { ratePerSec: 200, durationMs: 2000, timeoutMs: 3000 };
    const scenario = parseScenario({ name: 'test', pattern: 'majordomo', seed: 1, load, faults: [event] });
    const { verdict } = (await attempt(scenario, pattern, await findFaults('simulated'))).judgement;
    expect(verdict.doubts).toEqual([]);
    expect(Math.abs(verdict.failoverMs! - expectedMs)).toBeLessThan(20);
  });
});

import { describe, expect, it } from 'vitest';
import { caught, killed, RunRecord, times, victim } from './run-record.ts';

/** Sixty quiet ones, a kill at 600 that is cured at 1600, one caught, and then so many answered, 10 ms apart from 610. */
function recovering(isLateAt: (due: number) => boolean, untilMs = 3000): RunRecord {
  const record = killed();
  caught(record, 640);
  for (let due = 610; due < untilMs; due += 10) {
    record.told({ due, at: due + (isLateAt(due) ? 51 : 1), executed: times(1) });
  }
  return record.ended(untilMs + 100);
}

describe('detected', () => {
  it('is the first sign that anyone noticed: a lost peer, or a hit transaction tried again', () => {
    const record = killed();
    const id = record.told({ due: 590, at: 720, executed: [{ by: 'server-2', attempt: 2 }] });
    record.attempt(id, 1, victim, 591);
    record.history.push({ kind: 'peer', peer: victim, up: false, at: record.at(604.5) });
    record.attempt(id, 2, 'tcp://another', 605);
    expect(record.ended(2100).judge().verdict.detectedMs).toBe(4.5);
  });

  it('counts what a broker dealt again, of which the client knows nothing', () => {
    const record = killed();
    const id = record.told({ due: 590, at: 720, executed: [{ by: 'server-2', attempt: 2 }] });
    record.attempt(id, 1, 'tcp://broker', 591);
    record.received('server-1', id, 592);
    record.received('server-2', id, 607, 2);
    expect(record.ended(2100).judge().verdict.detectedMs).toBe(7);
  });

  it('a link’s fault is noticed when the peer at its far end is lost', () => {
    const record = new RunRecord({ faults: [{ fault: 'reset', target: 'client/server-1', atMs: 600 }] });
    record.node('server-1', victim);
    record.answered(60, 0, 10);
    record.fault('begun', 600, 0, 'client/server-1', 'reset');
    record.fault('done', 603, 0, 'client/server-1', 'reset');
    record.history.push({ kind: 'peer', peer: victim, up: false, at: record.at(604) });
    record.fault('cured', 606, 0, 'client/server-1', 'reset');
    expect(record.ended(2100).judge().verdict.detectedMs).toBe(4);
  });

  it('is null where nobody noticed: another peer was lost, and the victim was seen going before and long after', () => {
    const record = killed();
    caught(record);
    record.history.push({ kind: 'peer', peer: 'tcp://another', up: false, at: record.at(604) });
    record.history.push({ kind: 'peer', peer: victim, up: false, at: record.at(599) });
    record.history.push({ kind: 'peer', peer: victim, up: false, at: record.at(1700) });
    expect(record.ended(2100).judge().verdict.detectedMs).toBeNull();
  });
});

describe('recovered and healed', () => {
  it('at once where nothing that was due after the fault was late', () => {
    expect(recovering(() => false).judge().verdict).toMatchObject({ recoveredMs: 0, healedMs: 0 });
  });

  it('with the first second in which nothing is late, counted from the fault and from the cure', () => {
    const { verdict } = recovering((due) => due === 1100 || due === 1800).judge();
    // A second from just after 1100 would hold 1800; the one from just after 1800 holds none.
    expect(verdict).toMatchObject({ recoveredMs: 1200.001, healedMs: 200.001 });
  });

  it('a second before the cure will do, and says nothing of what comes after it', () => {
    const { verdict } = recovering((due) => due === 700 || due === 1750).judge();
    expect(verdict).toMatchObject({ recoveredMs: 100.001, healedMs: 150.001 });
  });

  it('never, where what is due is late to the end', () => {
    expect(recovering((due) => due > 650).judge().verdict).toMatchObject({ recoveredMs: null, healedMs: null });
  });

  it('an unknown outcome is as bad as a late answer', () => {
    const record = recovering(() => false);
    record.told({ due: 900, at: 901, outcome: 'unknown' });
    expect(record.judge().verdict.recoveredMs).toBe(300.001);
  });

  it('the load’s end cuts the second short', () => {
    const { verdict } = recovering((due) => due === 1900, 2000).judge();
    expect(verdict).toMatchObject({ recoveredMs: 0, healedMs: 300.001 });
  });
});

describe('zombies', () => {
  it('walk from the fault before them to the last execution that began after its caller had been told', () => {
    const record = killed();
    caught(record);
    record.told({ due: 590, at: 700, outcome: 'unknown', executed: [{ began: 1650 }] });
    record.told({ due: 590, at: 700, outcome: 'unknown', executed: [{ began: 690 }] });
    record.told({ due: 590, at: 700, executed: [{ began: 595 }, { by: 'server-2', began: 1601 }] });
    const { verdict } = record.ended(2100).judge();
    expect(verdict).toMatchObject({ lastZombieMs: 1050, lateExecutions: 2 });
  });

  it('are none without a fault, and none where all began in time', () => {
    const record = killed();
    caught(record);
    expect(record.ended(2100).judge().verdict.lastZombieMs).toBeNull();
    const quiet = new RunRecord();
    quiet.told({ at: 5, executed: [{ began: 6 }] });
    expect(quiet.ended(10).judge().verdict).toMatchObject({ lastZombieMs: null, lateExecutions: 1 });
  });
});

describe('the delay area', () => {
  it('adds up what callers waited beyond the median before the fault, to the deadline at most', () => {
    const record = killed();
    caught(record, 720);
    record.told({ due: 700, at: 751, executed: times(1) });
    record.told({ due: 700, at: 700.5, executed: times(1) });
    record.told({ due: 700, at: 710, outcome: 'unknown' });
    record.told({ due: 700 });
    // The median is 1 ms and the deadline 3000: 129, 50, nothing below the median, and twice 2999.
    expect(record.ended(9000).judge().verdict.delayAreaMs).toBe(129 + 50 + 2 * 2999);
  });

  it('takes the middle of what was before for usual, not the worst of it', () => {
    const record = new RunRecord();
    for (const ms of [1, 2, 30]) record.told({ due: 10, at: 10 + ms, executed: times(1) });
    expect(record.ended(200).judge().verdict.delayAreaMs).toBe(28);
  });

  it('is nothing in a run in which all took the same', () => {
    const record = new RunRecord();
    record.answered(10, 0, 10);
    expect(record.ended(200).judge().verdict.delayAreaMs).toBe(0);
  });
});

describe('out of order', () => {
  it('an execution after that of another, which was asked for when this one’s caller had been told', () => {
    const record = new RunRecord();
    record.told({ due: 0, at: 10, outcome: 'unknown', executed: [{ began: 40 }] });
    record.told({ due: 20, at: 31, executed: [{ began: 30 }] });
    const { verdict, transactions } = record.ended(100).judge();
    expect(transactions.map(({ outOfOrder }) => outOfOrder)).toEqual([true, false]);
    expect(verdict.outOfOrder).toBe(1);
  });

  it('a repeat counts, though the first execution was in its place', () => {
    const record = new RunRecord();
    record.told({ due: 0, at: 10, executed: [{ began: 5 }, { by: 'server-2', began: 60 }] });
    record.told({ due: 20, at: 31, executed: [{ began: 30 }] });
    expect(record.ended(100).judge().verdict.outOfOrder).toBe(1);
  });

  it('those that were asked for at once may swap, and what comes too late for nobody else is in order', () => {
    const record = new RunRecord();
    record.told({ due: 0, at: 50, executed: [{ began: 40 }] });
    record.told({ due: 1, at: 10, executed: [{ began: 5 }] });
    record.told({ due: 60, at: 70, outcome: 'unknown', executed: [{ began: 75 }] });
    record.told({ due: 71, at: 90, executed: [{ began: 80 }] });
    expect(record.ended(100).judge().verdict.outOfOrder).toBe(0);
  });

  it('one that was asked for in the very moment of the settlement was asked for at once', () => {
    const record = new RunRecord();
    record.told({ due: 0, at: 10, outcome: 'unknown', executed: [{ began: 40 }] });
    record.told({ due: 10, at: 31, executed: [{ began: 30 }] });
    expect(record.ended(100).judge().verdict.outOfOrder).toBe(0);
  });
});

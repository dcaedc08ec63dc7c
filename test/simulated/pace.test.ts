/** A machine’s pace is felt where it says, whether that is faster than the timings or slower. */
import { describe, expect, test } from 'vitest';
import type { HistoryLine, LedgerLine } from '../../harness/history.ts';
import { namedScenario } from '../../harness/library.ts';
import { parseScenario } from '../../harness/scenario.ts';
import { judge, type Verdict } from '../../harness/verdict.ts';
import { modelled, type Pace, waysOf, workOf } from '../../harness/worlds/simulated/pace.ts';
import { type Range, passage as usualPassage } from '../../harness/worlds/simulated/timings.ts';
import { simulate } from './simulate.ts';

async function at(pace: Partial<Pace>, input: object = {}): Promise<Verdict> {
  return judge(await simulate({ pattern: 'freelance', ...input }, { ...modelled, ...pace })).verdict;
}

/** When a run's fault came so far: the first, or that one. */
function faultAt(history: readonly HistoryLine[], phase: string, fault?: string): number {
  const isIt = (line: HistoryLine) =>
    line.kind === 'fault' && line.phase === phase && (fault === undefined || line.fault === fault);
  return history.find(isIt)!.at;
}

/** Nothing keeps a simulated ledger from being read. */
function linesOf(ledger: readonly LedgerLine[] | Error): readonly LedgerLine[] {
  if (ledger instanceof Error) throw ledger;
  return ledger;
}

describe('a machine’s pace', () => {
  test('is the timings’ where nothing differs', async () => {
    expect(JSON.stringify(await simulate({ pattern: 'freelance' }, modelled))).toBe(
      JSON.stringify(await simulate({ pattern: 'freelance' })),
    );
  });

  test('messages take half of it more on average, or less, and never go back in time', async () => {
    const [fast, usual, slow, fastest] = await Promise.all([-0.5, 0, 0.5, -9].map((hopMs) => at({ hopMs })));
    expect(usual!.p50Ms! - fast!.p50Ms!).toBeGreaterThan(0.3);
    expect(slow!.p50Ms! - usual!.p50Ms!).toBeGreaterThan(0.3);
    expect(fastest!.p50Ms!).toBeGreaterThan(5);
    expect(fastest!.p50Ms!).toBeLessThan(fast!.p50Ms!);
  });

  test('a server’s thread is busy for longer with each request, or shorter', async () => {
    const [fast, usual, slow] = await Promise.all([-0.1, 0, 1].map((workMs) => at({ workMs })));
    expect(fast!.p50Ms!).toBeLessThan(usual!.p50Ms!);
    expect(slow!.p50Ms! - usual!.p50Ms!).toBeGreaterThan(0.8);
  });

  test('processes are held up time and again, each by itself', async () => {
    const [usual, held] = await Promise.all([0, 8].map((holdUpMs) => at({ holdUpMs })));
    expect(held!.p99Ms! - usual!.p99Ms!).toBeGreaterThan(2);
    expect(held!.p50Ms! - usual!.p50Ms!).toBeLessThan(1);
    expect(held).toMatchObject({ committed: 300, honest: true });
  });

  test('a proxy resets connections one after the other: of a pool there are twelve to each server', async () => {
    const faults = [{ fault: 'reset', target: 'client/server-1', atMs: 300, trigger: 'now' }];
    const ask = (proxied: string[]) =>
      at({ orderMs: 1, proxied }, { pattern: 'brokerless-req', variant: 'retry', faults });
    const [direct, through] = await Promise.all([[], ['client/server-1']].map(ask));
    expect(through!.detectedMs! - direct!.detectedMs!).toBeCloseTo(0.6);
  });

  test('orders are told one after the other, the first by code that is cold', async () => {
    const faults = [{ fault: 'reset', target: 'servers', atMs: 300, trigger: 'now' }];
    const ask = (pace: Partial<Pace>) => at(pace, { faults });
    const [usual, slow, cold] = await Promise.all([{ orderMs: 0 }, { orderMs: 4 }, { orderMs: 0, coldMs: 5 }].map(ask));
    // Told all at one time, the last would be later by one.
    expect(slow!.detectedMs! - usual!.detectedMs!).toBeGreaterThan(6);
    expect(cold!.detectedMs! - usual!.detectedMs!).toBeCloseTo(5, 0);
  });

  test('whoever conducts the run is late, and who is to go on does so a while after', async () => {
    const faults = [{ fault: 'pause', target: 'server-1', atMs: 300, durationMs: 200 }];
    const stamps = async (pace: Partial<Pace>) => {
      const { history } = await simulate({ pattern: 'freelance', faults }, { ...modelled, ...pace });
      const curing = faultAt(history, 'curing');
      return [curing - faultAt(history, 'begun') - 200_000, faultAt(history, 'cured') - curing];
    };
    expect(await stamps({})).toEqual([0, 0]);
    const [late, continued] = await stamps({ orderMs: 0 });
    expect(late).toBeGreaterThan(0);
    expect(late).toBeLessThan(1_000);
    expect(continued).toBeGreaterThanOrEqual(300);
  });

  test('a faster machine saves nothing after the effect before it has saved all before it', () => {
    const after = ({ after: [least, spread] }: ReturnType<typeof workOf>) => least + spread / 2;
    const [usual, fast, faster] = [0, -0.05, -0.2].map((workMs) => after(workOf({ ...modelled, workMs })));
    expect(fast).toBe(usual);
    expect(faster).toBeLessThan(usual!);
  });

  test('a process stalls when it has been told to', async () => {
    const faults = [{ fault: 'stall', target: 'server-1', atMs: 300, durationMs: 300, trigger: 'now' }];
    const ask = (pace: Partial<Pace>) => at(pace, { pattern: 'brokerless-req', variant: 'immediate', faults });
    const [usual, late] = await Promise.all([{ orderMs: 0 }, { orderMs: 40 }].map(ask));
    expect(late!.failoverMs! - usual!.failoverMs!).toBeGreaterThan(20);
    // One that is stopped with a request in hand has it until it has been told, and then for as long as that lasts.
    const [{ trigger: _, ...holding }] = faults as [(typeof faults)[0]];
    const input = { pattern: 'brokerless-req', variant: 'immediate', faults: [holding] };
    const { history, ledgers } = await simulate(input, { ...modelled, orderMs: 40 });
    const begun = faultAt(history, 'begun');
    const executed = linesOf(ledgers.get('server-1')!).find(({ kind, at }) => kind === 'executed' && at > begun)!;
    expect(executed.at - begun).toBeGreaterThan(340_000);
  });

  test('who is stopped by two goes on when both have let it go', async () => {
    const faults = [
      { fault: 'pause', target: 'server-1', atMs: 300, durationMs: 20 },
      { fault: 'reset', target: 'client/server-1', atMs: 300 },
    ];
    const { history, ledgers } = await simulate({ pattern: 'freelance', faults }, { ...modelled, orderMs: 80 });
    const begun = faultAt(history, 'begun');
    const next = linesOf(ledgers.get('server-1')!).find(({ at }) => at > begun)!;
    expect(faultAt(history, 'cured') - begun).toBeLessThan(30_000);
    expect(next.at - begun).toBeGreaterThan(80_000);
    expect(next.at - begun).toBeLessThan(90_000);
  });

  test('a pause holds, though whoever took aim has just let its victim go', async () => {
    const heldWithin = async (atMs: number) => {
      const faults = [
        { fault: 'reset', target: 'client/server-1', atMs: 300 },
        { fault: 'pause', target: 'server-1', atMs, durationMs: 100, trigger: 'now' },
      ];
      const { history, ledgers } = await simulate({ pattern: 'freelance', faults }, { ...modelled, orderMs: 10 });
      const [from, to] = [faultAt(history, 'done', 'pause'), faultAt(history, 'curing', 'pause')];
      const meanwhile = linesOf(ledgers.get('server-1')!).filter(({ at }) => at > from && at < to);
      expect(meanwhile).toEqual([]);
      return from - faultAt(history, 'done', 'reset');
    };
    const sinceRelease: number[] = [];
    for (let tenth = 0; tenth < 60; tenth++) sinceRelease.push(await heldWithin(308 + tenth / 10));
    // Let go of, and not yet awake.
    expect(sinceRelease.filter((micros) => micros >= 0 && micros < 300).length).toBeGreaterThan(0);
  });

  test('who looks for a trigger takes a core from whoever is to obey', async () => {
    const now = { fault: 'reset', target: 'client/server-1', atMs: 300, trigger: 'now' };
    const sought = { fault: 'kill', target: 'server-2', atMs: 290 };
    const toldMs = async (faults: object[]) => {
      const { history } = await simulate(
        { pattern: 'freelance', faults, load: { ratePerSec: 2 } },
        { ...modelled, orderMs: 10 },
      );
      return (faultAt(history, 'done', 'reset') - faultAt(history, 'begun', 'reset')) / 1000;
    };
    expect(await toldMs([now])).toBeLessThan(15);
    expect(await toldMs([now, sought])).toBeGreaterThanOrEqual(20);
  });

  test('a killed process is gone later, or sooner', async () => {
    const faults = [{ fault: 'kill', target: 'server-1', atMs: 300, durationMs: 500 }];
    const [fast, usual, slow] = await Promise.all([-3, 0, 5].map((deathMs) => at({ deathMs }, { faults })));
    expect(usual!.detectedMs! - fast!.detectedMs!).toBeGreaterThan(1);
    expect(slow!.detectedMs! - usual!.detectedMs!).toBeCloseTo(5);
  });

  test('a process takes longer over what it does for the first time, and over nothing else', async () => {
    const faults = [{ fault: 'absent', target: 'server-3', atMs: 0 }];
    const [usual, cold] = await Promise.all([0, 2].map((coldMs) => at({ coldMs }, { faults })));
    expect(cold!.blackoutMs! - usual!.blackoutMs!).toBeGreaterThan(5);
    expect(cold!.p50Ms).toBeCloseTo(usual!.p50Ms!, 1);
  });

  test('a proxy opens one connection after the other, and what passes it waits for that', async () => {
    const faults = [{ fault: 'reset', target: 'servers', atMs: 300, trigger: 'now' }];
    const proxied = ['client/server-1', 'client/server-2', 'client/server-3'];
    const ask = (pace: Partial<Pace>) => at(pace, { pattern: 'brokerless-req', variant: 'retry', faults });
    const [direct, through] = await Promise.all([{}, { proxied }].map(ask));
    expect(through!.blackoutMs! - direct!.blackoutMs!).toBeGreaterThan(0.5);
    expect(through!.lost + through!.unknown).toBe(0);
  });

  test('a link does as it is told some time after the order, and its server stands still until then', async () => {
    const faults = [{ fault: 'reset', target: 'client/server-1', atMs: 300 }];
    const [usual, slow] = await Promise.all([0, 40].map((orderMs) => at({ orderMs }, { faults })));
    expect(usual!.detectedMs!).toBeLessThan(5);
    expect(slow!.detectedMs!).toBeGreaterThan(40);
    expect(slow!.worstMs!).toBeGreaterThan(40);
    expect(slow!.lost + slow!.unknown).toBe(0);
  });

  test('a client that hands over many at once hears nothing until it has done so', async () => {
    const faults = [{ fault: 'burst', target: 'load', atMs: 300, durationMs: 200, with: { transactions: 200 } }];
    const [usual, busy] = await Promise.all([0, 0.1].map((attemptMs) => at({ attemptMs }, { faults })));
    expect(usual!.blackoutMs!).toBeLessThan(6);
    expect(busy!.blackoutMs!).toBeGreaterThan(15);
  });

  test('sockets that call at one moment have their servers in the same order, but for a few', async () => {
    const load = { model: 'closed', window: 12, durationMs: 300 };
    const mostAtOne = async (pace: Partial<Pace>) => {
      const input = { pattern: 'brokerless-req', variant: 'retry', load };
      const { history, ledgers } = await simulate(input, { ...modelled, ...pace });
      const first = new Set(history.flatMap((line) => (line.kind === 'invoked' ? [line.id] : [])).slice(0, 12));
      const received = [...ledgers.values()].map((ledger) => linesOf(ledger).filter(({ id }) => first.has(id)));
      return Math.max(...received.map((lines) => lines.filter(({ kind }) => kind === 'received').length));
    };
    expect(await mostAtOne({})).toBeLessThan(9);
    expect(await mostAtOne({ orderMs: 0 })).toBeGreaterThanOrEqual(9);
  });

  test('who is stopped before it has set its handler’s timer has all of its time before it', async () => {
    const faults = [{ fault: 'pause', target: 'server-1', atMs: 300, durationMs: 200 }];
    const input = { pattern: 'brokerless-req', variant: 'as-published', faults, load: { ratePerSec: 30 } };
    const leftMs = async (pace: Partial<Pace>) => {
      const { history, ledgers } = await simulate(input, { ...modelled, ...pace });
      const [begun, cured] = [faultAt(history, 'begun'), faultAt(history, 'cured')];
      const ledger = linesOf(ledgers.get('server-1')!);
      const inHand = ledger.findLast(({ kind, at }) => kind === 'received' && at <= begun)!;
      const executed = ledger.find(({ kind, id }) => kind === 'executed' && id === inHand.id)!;
      return (executed.at - cured) / 1000;
    };
    expect(await leftMs({})).toBeLessThan(1);
    const left = await leftMs({ orderMs: 0 });
    expect(left).toBeGreaterThan(5);
    expect(left).toBeLessThan(6);
  });

  test('of a message’s way a third is until its sender’s own thread has been woken', () => {
    const mean = ([least, spread]: Range) => least + spread / 2;
    const { departure, passage } = waysOf(parseScenario(namedScenario('none')), { ...modelled, orderMs: 0 });
    expect(mean(departure!) + mean(passage!)).toBeCloseTo(mean(usualPassage), -1);
    expect(mean(passage!)).toBeCloseTo(2 * mean(departure!), -1);
  });
});

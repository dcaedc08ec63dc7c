/** The simulated world tells the same story as processes do, the same each time. */
import { describe, expect, it } from 'vitest';
import type { LedgerLine } from '../../harness/history.ts';
import { run } from '../../harness/run.ts';
import { parseScenario } from '../../harness/scenario.ts';
import { judge } from '../../harness/verdict.ts';
import { simulate, variants } from './simulate.ts';

describe('the simulated world', () => {
  it.each(variants)('%s %s: everything commits once, without a fault', async (pattern, variant) => {
    const { verdict } = judge(await simulate({ pattern, variant }));
    expect(verdict.cells.ONCE).toBe(verdict.due);
    expect(verdict).toMatchObject({ due: 300, honest: true, conclusive: true });
  });

  it.each(variants)('%s %s: the same seed gives the same run, to the byte', async (pattern, variant) => {
    const faults = [kill('server-1'), { ...kill('server-2'), fault: 'pause', atMs: 500 }];
    const [one, other] = [await simulate({ pattern, variant, faults }), await simulate({ pattern, variant, faults })];
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
    expect([...one.ledgers]).toEqual([...other.ledgers]);
    expect(JSON.stringify(await simulate({ pattern, variant, faults, seed: 8 }))).not.toBe(JSON.stringify(one));
  });

  it('a server killed with a request in hand: Freelance fails over in milliseconds, and loses nothing', async () => {
    const { verdict } = judge(await simulate({ pattern: 'freelance', faults: [kill('server')] }));
    expect(verdict).toMatchObject({ committed: 300, honest: true, conclusive: true });
    expect(verdict.failoverMs).toBeLessThan(250);
  });

  it('a fault after so many requests: its victim has received so many from the time on', async () => {
    const faults = [{ ...kill('server-2'), trigger: { afterRequests: 17 } }];
    const { history, ledgers } = await simulate({ pattern: 'freelance', faults });
    const began = history.find(({ kind }) => kind === 'began')!.at;
    const struck = history.find((line) => line.kind === 'fault')!.at;
    const received = (ledgers.get('server-2') as LedgerLine[]).filter(
      ({ kind, at }) => kind === 'received' && at <= struck,
    );
    expect(received.filter(({ at }) => at > began + 300_000)).toHaveLength(17);
    expect(received.at(-1)!.at).toBe(struck);
  });

  it('a server that was killed with a request in hand holds nothing in its next life', async () => {
    const faults = [
      { ...kill('server-1'), atMs: 150, durationMs: 50 },
      { ...kill('server-1'), atMs: 500 },
    ];
    const load = { durationMs: 1000, timeoutMs: 100, only: [30] };
    const [handler, topology] = [{ serviceMs: 300 }, { servers: 1 }];
    const { history } = await simulate({ pattern: 'freelance', faults, restart: 'after:100', load, handler, topology });
    const struck = history.flatMap((line) => (line.kind === 'fault' && line.phase === 'done' ? [line.index] : []));
    expect(struck).toEqual([0]);
  });

  it('a freeze that its victim does not live to see is none, and the rest goes on', async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const faults = [
        { fault: 'pause', target: 'server-1', atMs: 310, durationMs: 100, trigger: 'now' },
        { ...kill('server-1'), atMs: 315, durationMs: 100, trigger: 'now' },
      ];
      const load = { ratePerSec: 5 };
      const { history } = await simulate({ pattern: 'freelance', seed, faults, restart: 'after:100', load });
      const last = history.findLast(
        (line) => line.kind === 'node' && line.node === 'server-1' && line.state !== 'dead',
      );
      expect(last).toMatchObject({ state: 'up' });
    }
  });

  it('what one fault does does not hang on the faults before it: on its own it is the same', async () => {
    const first = { ...kill('server-1'), atMs: 100, durationMs: 50, trigger: 'now' };
    const second = { fault: 'pause', target: 'server', atMs: 950, durationMs: 50, trigger: 'now' };
    const third = { ...kill('servers'), atMs: 1200, durationMs: 50, trigger: 'now' };
    const load = { ratePerSec: 100, durationMs: 2000 };
    const fromTheFreezeOn = async (faults: object[]) => {
      const { history } = await simulate({ pattern: 'freelance', restart: 'after:10', load, faults });
      const changes = history.flatMap((line) => (line.kind === 'node' ? [line] : []));
      const freeze = changes.findIndex(({ state }) => state === 'paused');
      return changes.slice(freeze, freeze + 8);
    };
    const all = await fromTheFreezeOn([first, second, third]);
    expect(all.map(({ state }) => state)).toEqual(['paused', 'up', 'dead', 'dead', 'dead', 'up', 'up', 'up']);
    expect(await fromTheFreezeOn([second, third])).toEqual(all);
  });

  it('a server off the list stays so for the client’s next life, until it is on it again', async () => {
    const faults = [
      { fault: 'unlist', target: 'server-2', atMs: 200, durationMs: 1500, trigger: 'now' },
      { fault: 'kill', target: 'client', atMs: 500, durationMs: 50, trigger: 'now' },
    ];
    const load = { ratePerSec: 300, durationMs: 2500, timeoutMs: 2000 };
    const { history, ledgers } = await simulate({ pattern: 'freelance', faults, load });
    const began = history.find(({ kind }) => kind === 'began')!.at;
    const receivedIn = (fromMs: number, untilMs: number) =>
      (ledgers.get('server-2') as LedgerLine[]).filter(
        ({ at }) => at >= began + fromMs * 1000 && at < began + untilMs * 1000,
      ).length;
    expect(receivedIn(0, 200)).toBeGreaterThan(0);
    expect(receivedIn(250, 1700)).toBe(0);
    expect(receivedIn(1800, 2500)).toBeGreaterThan(0);
    const askers = history.flatMap((line) =>
      line.kind === 'invoked' && line.at < began + 1_700_000 ? [line.id.split(':')[0]] : [],
    );
    expect(new Set(askers).size).toBe(2);
  });

  it('the dead endpoint: as published, one server of three that is down stops the whole pool', async () => {
    const dead = { pattern: 'brokerless-req', faults: [kill('server')], load: { durationMs: 3000, timeoutMs: 3000 } };
    const published = judge(await simulate(dead)).verdict;
    const immediate = judge(await simulate({ ...dead, variant: 'immediate' })).verdict;
    expect(published.outageShare).toBeLessThan(0.2);
    expect(immediate.outageShare).toBeGreaterThan(0.9);
  });
});

it('latency is of the simulated world: processes say so before anything starts', async () => {
  const scenario = parseScenario({ name: 'late', pattern: 'freelance', seed: 1, network: { latencyMs: 5 } });
  await expect(run(scenario, { runsFolder: '/nowhere' })).rejects.toThrow(/^network.latencyMs: 5 is not allowed/);
  const { verdict } = judge(await simulate({ pattern: 'freelance', network: { latencyMs: 5 } }));
  expect(verdict).toMatchObject({ committed: 300, honest: true });
  expect(verdict.worstMs).toBeGreaterThan(8);
});

function kill(target: string) {
  return { fault: 'kill', target, atMs: 300, durationMs: 1000 };
}

/** Symbolic targets come to nodes and links by the seed, and what was drawn is written down. */
import { describe, expect, it } from 'vitest';
import { planArrivals } from '../../harness/load.ts';
import { findFaults, findPattern } from '../../harness/registry.ts';
import { parseScenario, type ScenarioInput } from '../../harness/scenario.ts';
import { placesOf, resolveFaults } from '../../harness/targets.ts';

const faults = await findFaults();

async function resolved(event: object, pattern = 'freelance', seed = 1, more: Partial<ScenarioInput> = {}) {
  const topology = { servers: 5, brokers: 2 };
  const scenario = parseScenario({ name: 'x', pattern, seed, topology, ...more, faults: [{ atMs: 1000, ...event }] });
  const places = placesOf(scenario, (await findPattern(pattern)).pattern);
  const once = resolveFaults(scenario, places, faults);
  expect(resolveFaults(once, places, faults)).toEqual(once);
  return once;
}

async function targets(event: object, pattern?: string, seed?: number): Promise<string[]> {
  return (await resolved(event, pattern, seed)).faults.map(({ target }) => target);
}

describe('nodes', () => {
  it('one of a role, by the seed, the same each time, and not always the same one', async () => {
    const drawn = await Promise.all(
      Array.from({ length: 20 }, (_, seed) => targets({ fault: 'kill' }, 'freelance', seed)),
    );
    expect(drawn.every(([only, ...more]) => /^server-[1-5]$/.test(only!) && more.length === 0)).toBe(true);
    expect(new Set(drawn.flat()).size).toBeGreaterThan(2);
    expect(await targets({ fault: 'kill' }, 'freelance', 3)).toEqual(drawn[3]);
  });

  it.each([
    ['server-4', ['server-4']],
    ['servers', ['server-1', 'server-2', 'server-3', 'server-4', 'server-5']],
    ['brokers', ['broker-1', 'broker-2']],
    ['client', ['client']],
  ])('%s', async (target, expected) => {
    expect(await targets({ fault: 'pause', target }, 'majordomo')).toEqual(expected);
  });

  it.each([
    ['minority', 2],
    ['majority', 3],
  ])('a %s of five servers are %i different ones', async (target, count) => {
    expect(new Set(await targets({ fault: 'kill', target })).size).toBe(count);
  });
});

describe('links', () => {
  it.each([
    ['freelance', 'server-2', ['client/server-2']],
    ['freelance', 'client/servers', [1, 2, 3, 4, 5].map((n) => `client/server-${n}`)],
    ['freelance', 'client', [1, 2, 3, 4, 5].map((n) => `client/server-${n}`)],
    ['majordomo', 'server-2', ['broker-1/server-2', 'broker-2/server-2']],
    ['majordomo', 'broker-2', ['client/broker-2']],
    ['majordomo', 'client', ['client/broker-1', 'client/broker-2']],
    ['majordomo', 'broker-1/server-5', ['broker-1/server-5']],
    ['brokerless-req', 'client/server-1', ['client/server-1']],
  ])('%s: %s', async (pattern, target, expected) => {
    expect(await targets({ fault: 'hold', target }, pattern)).toEqual(expected);
  });

  it('one of a role at each end is one link', async () => {
    expect(await targets({ fault: 'hold', target: 'broker/server' }, 'majordomo')).toHaveLength(1);
  });
});

it('the time is drawn too, once', async () => {
  const [event] = (await resolved({ fault: 'kill', jitterMs: 100 })).faults;
  expect(event!.jitterMs).toBe(0);
  expect(event!.atMs).toBeGreaterThan(1000);
  expect(event!.atMs).toBeLessThan(1100);
});

describe('faults on the load', () => {
  const load = { ratePerSec: 100, durationMs: 3000, arrivals: 'uniform' } as const;

  it('overload: so many times the rate while it lasts, and the same before and after', async () => {
    const scenario = await resolved({ fault: 'overload', with: { factor: 3 } }, 'freelance', 1, { load });
    const plan = planArrivals(scenario).map(({ at }) => at);
    const within = (from: number, until: number) => plan.filter((at) => at >= from * 1e6 && at < until * 1e6).length;
    expect([within(0, 1), within(1, 2), within(2, 3)]).toEqual([100, 300, 100]);
    expect(plan.every((at, n) => n === 0 || at >= plan[n - 1]!)).toBe(true);
  });

  it('burst: all at one moment', async () => {
    const scenario = await resolved({ fault: 'burst', with: { transactions: 50 } }, 'freelance', 1, { load });
    expect(planArrivals(scenario).filter(({ at }) => at === 1e6)).toHaveLength(51);
  });

  it('one of two that is taken away leaves every other transaction its number, and its time', async () => {
    const burst = (atMs: number) => ({ fault: 'burst', target: 'load', atMs, with: { transactions: 20 } });
    const planned = (events: ReturnType<typeof burst>[]) => {
      const scenario = parseScenario({ name: 'surges', pattern: 'freelance', seed: 1, load, faults: events });
      return planArrivals(resolveFaults(scenario, { nodes: [], links: [] }, faults));
    };
    const both = planned([burst(500), burst(1500)]);
    const numbers = new Set(both.map(({ n }) => n));
    expect(numbers.size).toBe(340);
    const one = planned([burst(1500)]);
    expect(one).toHaveLength(320);
    expect(both).toEqual(expect.arrayContaining(one));
  });

  it('come on top of surges that are there', async () => {
    const surges = [{ atMs: 2000, durationMs: 0, transactions: 10 }];
    const faults = { fault: 'burst', with: { transactions: 50 } };
    const scenario = await resolved(faults, 'freelance', 1, { load: { ...load, surges } });
    expect(planArrivals(scenario)).toHaveLength(300 + 10 + 50);
  });
});

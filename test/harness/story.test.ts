/** A fault strikes what it was aimed at, or it does not strike at all. */
import { expect, it } from 'vitest';
import type { HistoryLine } from '../../harness/history.ts';
import { findFaults } from '../../harness/registry.ts';
import { parseScenario } from '../../harness/scenario.ts';
import { tell } from '../../harness/story.ts';
import type { ServerState, World, WorldNode } from '../../harness/worlds/world.ts';

/** A world whose one server finishes what it holds, for the first `slips` times, just as it is being stopped. */
class SlipperyWorld implements World {
  readonly history: HistoryLine[] = [];
  readonly #did: string[] = [];
  readonly nodes: readonly WorldNode[];
  #holds = false;
  #slips: number;
  #now = 0;

  constructor(slips: number) {
    this.#slips = slips;
    const act = (what: string) => async () => void this.#did.push(what);
    const halt = async () => {
      this.#did.push('halt');
      if (this.#slips > 0) {
        this.#slips--;
        this.#holds = !this.#holds;
      }
    };
    const node = { name: 'server-1', role: 'server', kill: act('kill'), pause: act('pause'), resume: act('resume') };
    const release = () => void this.#did.push('release');
    this.nodes = [{ ...node, recover: act('recover'), halt, release } as WorldNode];
  }

  get did(): string {
    return this.#did.join(' ');
  }

  async start(): Promise<void> {}
  async beginLoad(): Promise<number> {
    return 0;
  }
  async loadEnded(): Promise<void> {}
  async quiet(): Promise<void> {}
  async stop(): Promise<void> {}
  write(line: HistoryLine): void {
    this.history.push(line);
  }
  now(): number {
    return ++this.#now;
  }
  async sleep(): Promise<void> {}
  async haltAfter(_node: WorldNode, requests: number): Promise<boolean> {
    this.#did.push(`halt after ${requests}`);
    return requests < 100;
  }
  async until(_node: WorldNode, state: ServerState, patienceMs: number): Promise<boolean> {
    this.#now += 1000;
    const holds = state !== 'idle';
    if (patienceMs > 0) this.#holds = holds;
    return this.#holds === holds;
  }
}

async function story(slips: number, trigger: unknown, fault = 'kill'): Promise<SlipperyWorld> {
  const world = new SlipperyWorld(slips);
  const faults = [{ fault, atMs: 0, trigger, durationMs: 10 }];
  const scenario = parseScenario({ name: 'story', pattern: 'some', seed: 1, faults });
  await tell(world, scenario, await findFaults());
  return world;
}

it('a victim that holds a request stands still from the look until the fault has taken hold', async () => {
  const world = await story(0, 'holding-in-flight');
  expect(world.did).toBe('halt kill release recover');
  expect(world.history).toHaveLength(4);
});

it('an idle victim is struck as it runs', async () => {
  const world = await story(0, 'idle');
  expect(world.did).toBe('kill recover');
  expect(world.history).toHaveLength(4);
});

it('a victim that slipped away is let go, which is recorded, and aimed at again', async () => {
  const world = await story(2, 'holding-in-flight', 'pause');
  expect(world.did).toBe('halt release halt release halt pause release resume');
  const [first, second, begun] = world.history;
  expect([first, second]).toMatchObject(
    [1, 2].map(() => ({ kind: 'missed', fault: 'pause', index: 0, node: 'server-1' })),
  );
  expect(begun).toMatchObject({ kind: 'fault', phase: 'begun' });
  expect(begun!.at).toBeGreaterThan(second!.at);
});

it('after so many requests: the victim stops itself, until the fault has taken hold', async () => {
  const world = await story(1, { afterRequests: 7 });
  expect(world.did).toBe('halt after 7 kill release recover');
  expect(world.history).toHaveLength(4);
});

it('after more requests than come: nothing is done', async () => {
  const world = await story(0, { afterRequests: 100 });
  expect(world.did).toBe('halt after 100');
  expect(world.history).toEqual([]);
});

it('a victim that always slips away is never struck', async () => {
  const world = await story(Number.POSITIVE_INFINITY, 'holding-in-flight');
  expect(world.did).not.toContain('kill');
  expect(world.history.every(({ kind }) => kind === 'missed')).toBe(true);
});

it('a fault at its time alone is aimed at nothing', async () => {
  expect((await story(1, 'now')).did).toBe('kill recover');
});

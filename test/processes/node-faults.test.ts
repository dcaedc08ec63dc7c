/** What is done to a process does what it says: one server under its supervisor, and a client of our own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Fault, NodeFault } from '../../harness/faults/fault.ts';
import type { NodeState } from '../../harness/history.ts';
import { findFaults } from '../../harness/registry.ts';
import { parseScenario } from '../../harness/scenario.ts';
import type { NodeSpec } from '../../harness/worlds/processes/node-spec.ts';
import { freePorts } from '../../harness/worlds/processes/ports.ts';
import { Reaper } from '../../harness/worlds/processes/reaper.ts';
import type { Supervisor as Supervising } from '../../harness/worlds/processes/supervisor.ts';
import type { ServerState } from '../../harness/worlds/world.ts';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { type Client, connect } from '../../patterns/index.ts';
import { until } from '../cli/command.ts';

// The built one: a process runs what was built.
const { Supervisor } = (await import(
  new URL('../../dist/harness/worlds/processes/supervisor.js', import.meta.url).href
)) as { Supervisor: typeof Supervising };

const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
const reaper = new Reaper();
const faults = await findFaults();
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});
afterAll(() => {
  reaper.close();
  rmSync(folder, { recursive: true });
});

interface World {
  readonly server: Supervising;
  readonly client: Client;
  readonly states: NodeState[];
  ledger(): string[];
}

let count = 0;

async function oneServer(serviceMs = 0): Promise<World> {
  const [port] = await freePorts(1);
  const endpoints = [`tcp://127.0.0.1:${port}`];
  const file = join(folder, `${++count}.jsonl`);
  const scenario = parseScenario({ name: 'test', pattern: 'freelance', seed: 1, handler: { serviceMs } });
  const patternUrl = new URL('../../dist/patterns/freelance/pattern.js', import.meta.url).href;
  const spec: NodeSpec = { node: 'server-1', role: 'server', patternUrl, scenario, endpoints, file };
  const states: NodeState[] = [];
  const server = new Supervisor(spec, 'after:50', reaper, (state) => states.push(state));
  await server.start();
  const client = await connect(freelance, { endpoints, timeoutMs: 5000 });
  open.push(async () => {
    await client.close();
    await server.stop(0);
  });
  await client.ready();
  const ledger = () => [...readFileSync(file, 'utf8').matchAll(/"kind":"(\w+)"/g)].map(([, kind]) => kind!);
  return { server, client, states, ledger };
}

async function inject(name: string, { server }: World, options: object = {}, durationMs = 500) {
  const fault = faults.get(name) as Fault & NodeFault;
  const struck: number[] = [];
  const given = fault.options?.parse(options) ?? {};
  const cure = await fault.inject(server, {
    options: given,
    durationMs,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    struck: (at) => struck.push(at),
  });
  return { cure, struck };
}

const request = Buffer.from('a request');

describe('a server under its supervisor', () => {
  it('is stopped where it receives its third request, and goes on when it is released', async () => {
    const world = await oneServer();
    await world.client.transact(request);
    const halted = world.server.haltAfter(3, 10_000);
    await world.server.order({ kind: 'answer' });
    const answers = Promise.all(Array.from({ length: 9 }, () => world.client.transact(request)));
    expect(await halted).toBe(true);
    const received = () => world.ledger().filter((kind) => kind === 'received').length;
    expect(received()).toBe(4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(received()).toBe(4);
    world.server.release();
    await answers;
  });

  it('is not stopped any more once the patience for its third request is over', async () => {
    const world = await oneServer();
    expect(await world.server.haltAfter(3, 50)).toBe(false);
    for (let n = 0; n < 4; n++) await world.client.transact(request);
    expect(world.states).toEqual(['up']);
  });

  it('has its next life count anew where it dies before its third request', async () => {
    const world = await oneServer();
    const halted = world.server.haltAfter(3, 30_000);
    await world.server.order({ kind: 'answer' });
    await world.client.transact(request);
    await world.server.kill();
    await world.server.recover();
    const before = world.ledger().length;
    let isHalted = false;
    void halted.then(() => {
      isHalted = true;
    });
    while (!isHalted) await world.client.transact(request, { timeoutMs: 300 }).catch(() => undefined);
    expect(await halted).toBe(true);
    const received = world
      .ledger()
      .slice(before)
      .filter((kind) => kind === 'received');
    expect(received.length).toBeGreaterThanOrEqual(3);
    world.server.release();
  });

  it('may be killed by another fault just as it is to be stopped', async () => {
    const world = await oneServer();
    process.kill(world.server.pid!, 'SIGKILL');
    await world.server.halt();
    expect(world.states).toEqual(['up', 'dead']);
    await world.server.halt();
    world.server.release();
    await world.server.recover();
    expect((await world.client.transact(request)).byteLength).toBeGreaterThan(0);
  });

  it('may be killed, or paused, by two at once', async () => {
    const world = await oneServer();
    await Promise.all([world.server.kill(), world.server.kill(), world.server.pause()]);
    await world.server.resume();
    expect(world.states).toEqual(['up', 'dead']);
    await world.server.recover();
    expect(world.states).toEqual(['up', 'dead', 'up']);
  });

  it('holds nothing in its next life of what it held in the one before', async () => {
    const world = await oneServer(1000);
    const unanswered = world.client.transact(request, { timeoutMs: 300 });
    unanswered.catch(() => undefined);
    await until('it holds one', () => world.server.isIn('holding') && world.server.isIn('busy'));
    await unanswered.catch(() => undefined);
    await world.server.kill();
    await world.server.recover();
    expect(['holding', 'busy', 'idle'].map((state) => world.server.isIn(state as ServerState))).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('terminate', () => {
  it('what it had begun is answered, it stays away though it is supervised, and the cure starts it', async () => {
    const world = await oneServer(100);
    const answer = world.client.transact(request);
    await until('the handler runs', () => world.server.isIn('busy'));
    const { cure } = await inject('terminate', world);
    expect(world.ledger()).toEqual(['received', 'executing', 'executed']);
    expect((await answer).byteLength).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(world.states).toEqual(['up', 'dead']);
    await cure();
    expect(world.states).toEqual(['up', 'dead', 'up']);
  });
});

describe('restart', () => {
  it('another process is up when it is over', async () => {
    const world = await oneServer();
    const { pid } = world.server;
    await (await inject('restart', world)).cure();
    expect(world.states).toEqual(['up', 'dead', 'up']);
    expect(world.server.pid).not.toBe(pid);
  });
});

describe('crash-loop', () => {
  it('dies each time it has come back, until the cure', async () => {
    const world = await oneServer();
    const { cure } = await inject('crash-loop', world, { upMs: 20 });
    await until('it has died three times', () => world.states.filter((state) => state === 'dead').length === 3);
    await cure();
    const deaths = world.states.filter((state) => state === 'dead').length;
    expect(world.states.at(-1)).toBe('up');
    expect((await world.client.transact(request)).byteLength).toBeGreaterThan(0);
    expect(world.states.filter((state) => state === 'dead')).toHaveLength(deaths);
  });
});

describe('stall', () => {
  it('nothing is executed while it lasts, and everything after', async () => {
    const world = await oneServer();
    const { cure } = await inject('stall', world, {}, 700);
    const from = performance.now();
    await world.client.transact(request);
    expect(performance.now() - from).toBeGreaterThan(400);
    await cure();
    expect(world.ledger().filter((kind) => kind === 'executed')).toHaveLength(1);
    expect(world.states).toEqual(['up']);
  });
});

describe('slow', () => {
  it('a handler takes so much longer, until the cure', async () => {
    const world = await oneServer();
    const { cure } = await inject('slow', world, { byMs: 300 }, 60_000);
    const from = performance.now();
    await world.client.transact(request);
    expect(performance.now() - from).toBeGreaterThan(295);
    await cure();
    const again = performance.now();
    await world.client.transact(request);
    expect(performance.now() - again).toBeLessThan(295);
  });
});

describe('kill-at', () => {
  it.each([
    ['after-receive', 1, ['received']],
    ['before-execute', 1, ['received', 'executing']],
    ['after-execute', 1, ['received', 'executing', 'executed']],
    ['after-execute', 2, ['received', 'executing', 'executed', 'received', 'executing', 'executed']],
  ] as const)('%s, the %ith time: that is the last line of that life', async (point, hit, lines) => {
    const world = await oneServer();
    const injected = inject('kill-at', world, { point, hit }, 10_000);
    let ledger: string[] = [];
    const died = until('it is dead', () => {
      if (ledger.length === 0 && world.states.includes('dead')) ledger = world.ledger();
      return ledger.length > 0;
    });
    // What it is told comes in order.
    await world.server.order({ kind: 'answer' });
    for (let n = 1; n < hit; n++) await world.client.transact(request);
    void world.client.transact(request, { timeoutMs: 300 }).catch(() => undefined);
    const { cure, struck } = await injected;
    await died;
    expect(struck).toHaveLength(1);
    expect(ledger.slice(0, lines.length)).toEqual(lines);
    await cure();
    expect(world.states).toEqual(['up', 'dead', 'up']);
  });

  it('after-reply: the caller has its answer', async () => {
    const world = await oneServer();
    const injected = inject('kill-at', world, { point: 'after-reply' }, 10_000);
    await world.server.order({ kind: 'answer' });
    const [answer, { cure }] = await Promise.all([world.client.transact(request), injected]);
    expect(answer.byteLength).toBeGreaterThan(0);
    expect(world.ledger()).toEqual(['received', 'executing', 'executed']);
    await cure();
  });

  it('that point never comes: it lives on, and is not killed later', async () => {
    const world = await oneServer();
    const { cure, struck } = await inject('kill-at', world, { point: 'after-execute' }, 100);
    expect(struck).toEqual([]);
    await cure();
    await world.client.transact(request);
    expect(world.states).toEqual(['up']);
  });
});

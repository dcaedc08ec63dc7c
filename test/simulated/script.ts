/**
 * A script for sockets, and the two benches it runs on: processes over libzmq, and the model. After each step comes quiet,
 * so that what is seen depends on the script and not on luck.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../harness/worlds/processes/ports.ts';
import { EventQueue } from '../../harness/worlds/simulated/event-queue.ts';
import { Network } from '../../harness/worlds/simulated/network.ts';
import { SimulatedProcess } from '../../harness/worlds/simulated/process.ts';
import type { SocketSpec } from '../../patterns/machine.ts';
import { ScriptMachine, type ScriptNode, type Sending } from './nodes/script-machine.ts';

export interface Script {
  /** By name. A node listens, or connects to others by their names. */
  readonly nodes: Readonly<
    Record<string, { readonly spec: SocketSpec; readonly connect?: string[]; readonly echoes?: boolean }>
  >;
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly do: 'start' | 'kill' | 'pause' | 'resume'; readonly node: string }
  | ({
      readonly do: 'send';
      readonly node: string;
      readonly text: string;
      /** The next step does not wait for quiet. */
      readonly isHurried?: boolean;
    } & Partial<Sending>);

/** What each life of each node saw, under its name; a second life is `name/2`. */
export type Seen = Readonly<Record<string, readonly string[]>>;

interface Bench {
  start(name: string, node: ScriptNode): Promise<void>;
  kill(name: string): Promise<void>;
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  send(name: string, sending: Sending): Promise<void>;
  /** Resolves when nothing happens any more; with the log of each node that runs. */
  quiet(): Promise<ReadonlyMap<string, readonly string[]>>;
  end(): Promise<void>;
}

export async function overLibzmq(script: Script): Promise<Seen> {
  const ports = await freePorts(Object.keys(script.nodes).length);
  return play(
    script,
    new ProcessBench(),
    (name) => `tcp://127.0.0.1:${ports[Object.keys(script.nodes).indexOf(name)]}`,
  );
}

export function overTheModel(script: Script, seed = 1): Promise<Seen> {
  return play(script, new ModelBench(seed), (name) => `tcp://${name}`);
}

async function play(script: Script, bench: Bench, endpointOf: (name: string) => string): Promise<Seen> {
  const lives = new Map<string, number>();
  const logs = new Map<string, readonly string[]>();
  const isPaused = new Set<string>();
  try {
    for (const step of script.steps) {
      const { node: name } = step;
      const { spec, connect, echoes } = script.nodes[name]!;
      if (step.do === 'start') {
        lives.set(name, (lives.get(name) ?? 0) + 1);
        const where = connect === undefined ? { bind: endpointOf(name) } : { connect: connect.map(endpointOf) };
        await bench.start(name, { spec, ...where, ...(echoes === undefined ? {} : { echoes }) });
      } else if (step.do === 'send') {
        const { text, count = 1, to } = step;
        await bench.send(name, { text, count, ...(to === undefined ? {} : { to }) });
      } else await bench[step.do](name);
      if (step.do === 'pause') isPaused.add(name);
      if (step.do === 'resume' || step.do === 'kill') isPaused.delete(name);
      if (step.do === 'send' && step.isHurried) continue;
      for (const [node, log] of await bench.quiet()) {
        if (!isPaused.has(node)) logs.set(lives.get(node) === 1 ? node : `${node}/${lives.get(node)}`, [...log]);
      }
    }
  } finally {
    await bench.end();
  }
  const names = Object.keys(script.nodes);
  const named = (line: string) => names.reduce((said, name) => said.replace(endpointOf(name), name), line);
  return Object.fromEntries([...logs].sort().map(([node, log]) => [node, log.filter(isNews).map(named)]));
}

/** Whether an attempt to connect met a server as it died, and so was told as one more end, is luck. */
function isNews(line: string, n: number, log: readonly string[]): boolean {
  const [what, endpoint] = line.split(' ');
  if (what !== 'down') return true;
  return log.slice(0, n).findLast((before) => before === line || before === `up ${endpoint}`) !== line;
}

class ModelBench implements Bench {
  readonly #queue = new EventQueue(1_000_000);
  readonly #network: Network;
  readonly #processes = new Map<string, SimulatedProcess<ScriptMachine>>();
  #lives = 0;

  constructor(seed: number) {
    this.#network = new Network(this.#queue, seed);
  }

  async start(name: string, node: ScriptNode): Promise<void> {
    const make = (effects: ConstructorParameters<typeof ScriptMachine>[1]) => new ScriptMachine(node, effects);
    const failed = (error: unknown) => {
      throw error;
    };
    this.#processes.set(name, new SimulatedProcess(this.#network, `${name}/${++this.#lives}`, make, {}, failed));
  }

  async kill(name: string): Promise<void> {
    this.#processes.get(name)!.end();
    this.#processes.delete(name);
  }

  async pause(name: string): Promise<void> {
    this.#processes.get(name)!.pause(undefined, () => undefined);
  }

  async resume(name: string): Promise<void> {
    this.#processes.get(name)!.resume();
  }

  async send(name: string, sending: Sending): Promise<void> {
    const process = this.#processes.get(name)!;
    process.call(() => process.machine.send(sending));
    this.#run(hurriedMicros);
  }

  async quiet(): Promise<ReadonlyMap<string, readonly string[]>> {
    this.#run(quietMs * 3000);
    return new Map([...this.#processes].map(([name, { machine }]) => [name, machine.log]));
  }

  async end(): Promise<void> {}

  #run(micros: number): void {
    const end = this.#queue.now + micros;
    this.#queue.at(end, () => undefined);
    while (this.#queue.next <= end) this.#queue.step();
  }
}

class ProcessBench implements Bench {
  readonly #children = new Map<string, ChildProcess>();
  readonly #paused = new Set<string>();

  async start(name: string, node: ScriptNode): Promise<void> {
    const child = fork(entry, [JSON.stringify(node)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#children.set(name, child);
    const [said] = await once(child, 'message');
    if (said !== 'ready') throw new Error(`${name} said ${said}`);
  }

  async kill(name: string): Promise<void> {
    const child = this.#children.get(name)!;
    this.#children.delete(name);
    this.#paused.delete(name);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async pause(name: string): Promise<void> {
    this.#paused.add(name);
    this.#children.get(name)!.kill('SIGSTOP');
  }

  async resume(name: string): Promise<void> {
    this.#children.get(name)!.kill('SIGCONT');
    this.#paused.delete(name);
  }

  async send(name: string, sending: Sending): Promise<void> {
    await this.#ask(name, sending);
  }

  /**
   * Nothing new in any log for a while that is longer than any wait between two attempts to connect: so many times that
   * every process was asked, and so had the processor, as on a busy machine a while may pass in which it has not.
   */
  async quiet(): Promise<ReadonlyMap<string, readonly string[]>> {
    const patience = performance.now() + patienceMs;
    for (let before = '', asked = 0; ; asked++) {
      const logs = new Map<string, readonly string[]>();
      for (const name of this.#children.keys())
        if (!this.#paused.has(name)) logs.set(name, await this.#ask(name, 'log'));
      const now = JSON.stringify([...logs]);
      if (now !== before) asked = 0;
      if (asked * pollMs > quietMs || performance.now() > patience) return logs;
      before = now;
      await sleep(pollMs);
    }
  }

  async end(): Promise<void> {
    await Promise.all([...this.#children.keys()].map((name) => this.kill(name)));
  }

  async #ask(name: string, what: Sending | 'log'): Promise<readonly string[]> {
    const child = this.#children.get(name)!;
    const answered = once(child, 'message');
    child.send(what);
    const [log] = (await answered) as [readonly string[]];
    return log;
  }
}

const entry = fileURLToPath(new URL('../../dist/test/simulated/nodes/script-node.js', import.meta.url));
const quietMs = 150;
const pollMs = 10;
const hurriedMicros = 200;
const patienceMs = 10_000;

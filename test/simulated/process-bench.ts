/** Runs scripts over libzmq, each node in a process of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Direction, Impairment } from '../../harness/worlds/impairment.ts';
import type { Hosts as Hosting } from '../../harness/worlds/processes/hosts/hosts.ts';
import { runIn } from '../../harness/worlds/processes/hosts/namespaces.ts';
import { freePorts } from '../../harness/worlds/processes/ports.ts';
import type { Reaper as Reaping } from '../../harness/worlds/processes/reaper.ts';
import { Link } from '../../harness/worlds/processes/relay/link.ts';
import type { ScriptNode, Sending, Sight } from './nodes/script-machine.ts';
import type { ToNode } from './nodes/script-node.ts';
import type { Bench, Script } from './script.ts';

const built = (path: string) => new URL(`../../dist/harness/worlds/processes/${path}`, import.meta.url).href;
const { Hosts, hostsMissing } = (await import(built('hosts/hosts.js'))) as {
  Hosts: typeof Hosting;
  hostsMissing(): Promise<string | undefined>;
};
const { Reaper } = (await import(built('reaper.js'))) as { Reaper: typeof Reaping };

/** Why this machine has no hosts for nodes; undefined where it has. */
export const noHosts: string | undefined = await hostsMissing();

export class ProcessBench implements Bench {
  readonly #endpoints: ReadonlyMap<string, string>;
  /** Where nodes have hosts of their own. */
  readonly #hosts: Hosting | undefined;
  readonly #reaper: Reaping | undefined;
  readonly #doors = new Map<string, { readonly link: Link; readonly endpoint: string }>();
  readonly #children = new Map<string, ChildProcess>();
  readonly #paused = new Set<string>();
  readonly #cures: (() => Promise<void>)[] = [];
  #impairments = 0;

  static async of(script: Script): Promise<ProcessBench> {
    const names = Object.keys(script.nodes);
    if (script.over === 'hosts') return ProcessBench.#onHosts(script);
    const ports = await freePorts(names.length);
    const bench = new ProcessBench(new Map(names.map((name, n) => [name, endpointAt(ports[n]!)])));
    if (script.over === 'links') await bench.#openDoors(script);
    return bench;
  }

  static async #onHosts({ nodes }: Script): Promise<ProcessBench> {
    const names = Object.keys(nodes);
    const links = names.flatMap((name) => (nodes[name]!.connect ?? []).map((listener) => linkName(name, listener)));
    const reaper = new Reaper();
    const hosts = new Hosts(names, links, reaper);
    await hosts.open();
    const endpoints = new Map(names.map((name) => [name, `tcp://${hosts.addressOf(name)}:${hostsPort}`]));
    return new ProcessBench(endpoints, hosts, reaper);
  }

  private constructor(endpoints: ReadonlyMap<string, string>, hosts?: Hosting, reaper?: Reaping) {
    this.#endpoints = endpoints;
    this.#hosts = hosts;
    this.#reaper = reaper;
  }

  get now(): number {
    return Number(process.hrtime.bigint() / 1000n);
  }

  endpointOf(name: string): string {
    return this.#endpoints.get(name)!;
  }

  doorOf(caller: string, listener: string): string {
    return this.#doors.get(linkName(caller, listener))?.endpoint ?? this.endpointOf(listener);
  }

  async start(name: string, node: ScriptNode): Promise<void> {
    const child = this.#hosts === undefined ? (idle.pop() ?? forked()) : forked(this.#hosts.namespaceOf(name));
    this.#children.set(name, child);
    await this.#tell(name, { tell: 'start', node });
  }

  async kill(name: string): Promise<void> {
    await this.#gone(name, (child) => child.kill('SIGKILL'));
  }

  async stop(name: string): Promise<void> {
    await this.#gone(name, (child) => child.send({ tell: 'stop' } satisfies ToNode));
  }

  async pause(name: string): Promise<void> {
    this.#paused.add(name);
    this.#children.get(name)!.kill('SIGSTOP');
  }

  async resume(name: string): Promise<void> {
    this.#children.get(name)!.kill('SIGCONT');
    this.#paused.delete(name);
  }

  async stall(name: string, forMs: number): Promise<void> {
    await this.#tell(name, { tell: 'stall', forMs });
  }

  async send(name: string, sending: Sending): Promise<void> {
    await this.#tell(name, { tell: 'send', sending });
  }

  async impair(
    caller: string,
    listener: string,
    impairment: Impairment,
    directions: readonly Direction[],
  ): Promise<void> {
    const network = this.#hosts?.links.find(({ name }) => name === linkName(caller, listener));
    if (network !== undefined) {
      this.#cures.push(await network.impair(impairment, directions));
      return;
    }
    const id = ++this.#impairments;
    const { link } = this.#doors.get(linkName(caller, listener))!;
    await link.impair(id, impairment, directions);
    this.#cures.push(() => link.heal(id, impairment));
  }

  async heal(): Promise<void> {
    for (const cure of this.#cures.splice(0)) await cure();
  }

  /**
   * Nothing new in any log for so long: so many times that every process was asked, and so had the processor, as on a
   * busy machine a while may pass in which it has not.
   */
  async quiet(forMs: number): Promise<ReadonlyMap<string, readonly Sight[]>> {
    const patience = performance.now() + patienceMs;
    for (let before = '', asked = 0; ; asked++) {
      const logs = new Map<string, readonly Sight[]>();
      for (const name of this.#children.keys())
        if (!this.#paused.has(name)) logs.set(name, (await this.#tell(name, { tell: 'log' })) as readonly Sight[]);
      const now = JSON.stringify([...logs]);
      if (now !== before) asked = 0;
      if (asked * pollMs > forMs || performance.now() > patience) return logs;
      before = now;
      await sleep(pollMs);
    }
  }

  async end(): Promise<void> {
    await Promise.all([...this.#children.keys()].map((name) => this.#leave(name)));
    this.#hosts?.close();
    this.#reaper?.close();
    // A link that refuses has no server and no connection.
    for (const { link } of this.#doors.values()) await link.impair(0, { kind: 'refuse' }, []);
  }

  async #openDoors({ nodes }: Script): Promise<void> {
    for (const [caller, { connect = [] }] of Object.entries(nodes)) {
      for (const listener of connect) {
        const [port] = await freePorts(1);
        const target = { host: '127.0.0.1', port: Number(new URL(this.endpointOf(listener)).port) };
        const name = linkName(caller, listener);
        const link = new Link({ name, doors: [{ port: port!, target }], follows: false, requestsGo: 'to-listener' }, 1);
        await link.open();
        this.#doors.set(name, { link, endpoint: endpointAt(port!) });
      }
    }
  }

  /** It may be another script's. */
  async #leave(name: string): Promise<void> {
    if (this.#paused.has(name) || this.#hosts !== undefined) return this.kill(name);
    await this.#tell(name, { tell: 'reset' });
    idle.push(this.#children.get(name)!);
    this.#children.delete(name);
  }

  async #gone(name: string, end: (child: ChildProcess) => void): Promise<void> {
    const child = this.#children.get(name)!;
    this.#children.delete(name);
    this.#paused.delete(name);
    const gone = once(child, 'exit');
    end(child);
    await gone;
  }

  /** Resolves with its answer. */
  async #tell(name: string, what: ToNode): Promise<unknown> {
    const child = this.#children.get(name)!;
    const answered = once(child, 'message');
    child.send(what);
    const [answer] = await answered;
    return answer;
  }
}

/** Those that are left from scripts that are over: to start a process takes longer than most scripts' steps. */
const idle: ChildProcess[] = [];

/** Ends what `ProcessBench` keeps. */
export async function endIdle(): Promise<void> {
  await Promise.all(
    idle.splice(0).map((child) => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      return gone;
    }),
  );
}

function forked(namespace?: string): ChildProcess {
  return fork(entry, [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
    ...(namespace === undefined ? {} : runIn(namespace)),
  });
}

function linkName(caller: string, listener: string): string {
  return `${caller}/${listener}`;
}

function endpointAt(port: number): string {
  return `tcp://127.0.0.1:${port}`;
}

const entry = fileURLToPath(new URL('../../dist/test/simulated/nodes/script-node.js', import.meta.url));
const hostsPort = 5555;
const pollMs = 30;
const patienceMs = 10_000;

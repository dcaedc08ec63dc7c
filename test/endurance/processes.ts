/** The processes of one trial, and the folder with their ledgers. All are gone when it is closed, or dies. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freeEndpoints } from '../../harness/worlds/processes/ports.ts';
import { Reaper } from '../../harness/worlds/processes/reaper.ts';
import type { Attacked, AttackerSpec } from './attacker-spec.ts';
import type { FromLoad, LoadFigures, LoadSpec, LockStep, OpenLoad, Steps, ToLoad } from './load-spec.ts';
import type { Counts, FromNode, NodeSpec, ToNode, Usage } from './node-spec.ts';
import { until } from './until.ts';

export class Processes {
  readonly folder = mkdtempSync(join(tmpdir(), 'privateer-endurance-'));
  readonly #reaper = new Reaper();
  readonly #nodes = new Set<Node>();
  readonly #loads = new Set<LoadProcess | Attacker>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    this.#reaper.own(this.folder);
  }

  tcpEndpoints(count: number): Promise<string[]> {
    return freeEndpoints(count);
  }

  ipcEndpoints(count: number): string[] {
    return Array.from({ length: count }, (_, index) => `ipc://${this.folder}/${index}.socket`);
  }

  /** Starts a process; resolves once it is ready. */
  async start(spec: NodeSpec): Promise<Node> {
    this.#signal.throwIfAborted();
    const node = new Node(spec, this.#reaper, this.#signal);
    this.#nodes.add(node);
    await node.ready;
    return node;
  }

  /** A client with a process of its own. */
  async load(spec: LoadSpec): Promise<LoadProcess> {
    this.#signal.throwIfAborted();
    const load = new LoadProcess(spec, this.#reaper, this.#signal);
    this.#loads.add(load);
    await load.ready;
    return load;
  }

  async attacker(spec: AttackerSpec): Promise<Attacker> {
    this.#signal.throwIfAborted();
    const attacker = new Attacker(spec, this.#reaper, this.#signal);
    this.#loads.add(attacker);
    await attacker.ready;
    return attacker;
  }

  async close(): Promise<void> {
    for (const load of this.#loads) load.end();
    await Promise.all([...this.#nodes].map((node) => node.end()));
    this.#reaper.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class Node {
  readonly spec: NodeSpec;
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal;
  #counts: Counts = { received: 0, begun: 0, workers: 0 };
  #usage: ((usage: Usage) => void) | undefined;

  constructor(spec: NodeSpec, reaper: Reaper, signal: AbortSignal) {
    this.spec = spec;
    this.#signal = signal;
    const child = fork(childEntry, [JSON.stringify(spec)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child = child;
    reaper.watch(child.pid!);
    child.once('exit', () => reaper.forget(child.pid!));
    this.ready = new Promise((resolve, reject) => {
      child.on('message', (message: FromNode) => {
        if (message.said === 'ready') resolve();
        else if (message.said === 'failed') reject(new Error(`${spec.name}: ${message.message}`));
        else if (message.said === 'usage') this.#usage?.(message.usage);
        else this.#counts = message;
      });
      child.once('exit', (code, why) => reject(new Error(`${spec.name} ended early: ${why ?? code}`)));
    });
    this.ready.catch(() => undefined);
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves once it counts so many. */
  async has(wanted: Partial<Counts>): Promise<void> {
    const isSo = () => Object.entries(wanted).every(([name, least]) => this.#counts[name as keyof Counts] >= least);
    await until(`${this.spec.name} has ${JSON.stringify(wanted)}`, isSo, this.#signal);
  }

  openGate(): void {
    this.#tell({ tell: 'open' });
  }

  usage(): Promise<Usage> {
    return new Promise((resolve) => {
      this.#usage = resolve;
      this.#tell({ tell: 'usage' });
    });
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (!this.isAlive) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** Asked to, it drains; it is made to where it does not. */
  async end(): Promise<void> {
    if (!this.isAlive) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGCONT');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
    await gone;
    clearTimeout(timer);
  }

  #tell(message: ToNode): void {
    this.#child.send(message);
  }
}

/** A child that is told to do something, and says what came of it. */
class Errand<Message, Answer> {
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal;

  constructor(entry: string, spec: object, reaper: Reaper, signal: AbortSignal) {
    this.#signal = signal;
    this.#child = fork(entry, [JSON.stringify(spec)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const { pid } = this.#child;
    reaper.watch(pid!);
    this.#child.once('exit', () => reaper.forget(pid!));
    this.ready = this.#answer().then(() => undefined);
  }

  /** @throws {Error} when it ended without an answer. */
  tell(message: Message & object): Promise<Answer> {
    const answer = this.#answer();
    this.#child.send(message);
    return answer;
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }

  async #answer(): Promise<Answer> {
    const done = new AbortController();
    const signal = AbortSignal.any([this.#signal, done.signal]);
    const ended = once(this.#child, 'exit', { signal }).then(() => {
      throw new Error('a child ended early');
    });
    ended.catch(() => undefined);
    try {
      const [answer] = (await Promise.race([once(this.#child, 'message', { signal }), ended])) as [Answer];
      return answer;
    } finally {
      done.abort();
    }
  }
}

export class LoadProcess extends Errand<ToLoad, FromLoad> {
  constructor(spec: LoadSpec, reaper: Reaper, signal: AbortSignal) {
    super(loadEntry, spec, reaper, signal);
  }

  async run(load: OpenLoad): Promise<LoadFigures> {
    const answer = await this.tell(load);
    if (answer.said !== 'ran') throw new Error(`the load client said "${answer.said}"`);
    return answer.figures;
  }

  async step(steps: LockStep): Promise<Steps> {
    const answer = await this.tell(steps);
    if (answer.said !== 'stepped') throw new Error(`the load client said "${answer.said}"`);
    return answer.steps;
  }
}

export class Attacker extends Errand<{ readonly tell: 'attack' }, Attacked> {
  constructor(spec: AttackerSpec, reaper: Reaper, signal: AbortSignal) {
    super(attackerEntry, spec, reaper, signal);
  }

  attack(): Promise<Attacked> {
    return this.tell({ tell: 'attack' });
  }
}

const patienceMs = 3000;
const attackerEntry = fileURLToPath(new URL('./attacker-child.js', import.meta.url));
const loadEntry = fileURLToPath(new URL('./load-child.js', import.meta.url));
const childEntry = fileURLToPath(new URL('./node-child.js', import.meta.url));

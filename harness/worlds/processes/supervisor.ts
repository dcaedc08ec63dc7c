/** Keeps one node running as its restart policy says, and does to it what faults ask for. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Order, ProcessControls } from '../../faults/fault.ts';
import { doneKinds, type NodeState } from '../../history.ts';
import type { NodeRole, ServerState, WorldNode } from '../world.ts';
import { runIn } from './hosts/namespaces.ts';
import type { FromChild, NodeSpec, ToChild } from './node-spec.ts';
import type { Reaper } from './reaper.ts';

export type RestartPolicy = 'never' | 'daemontools' | `after:${number}`;

export class Supervisor implements WorldNode, ProcessControls {
  readonly spec: NodeSpec;
  readonly #policy: RestartPolicy;
  readonly #reaper: Reaper;
  readonly #changed: (state: NodeState) => void;
  readonly #heard: (message: FromChild) => void;
  #child: ChildProcess | undefined;
  #state: NodeState = 'dead';
  #startedAt = 0;
  #stopping = false;
  /** Somebody meant it to end, and sees to it that it comes back. */
  #isStruck = false;
  #isTerminated = false;
  #lives = 0;
  /** Where in its ledger this life's lines begin. */
  #ledgerBegan = 0;
  #orders = 0;
  /** How many have stopped it and not let it go yet: a fault, and whoever takes aim at it. */
  #stops = 0;
  #restart: NodeJS.Timeout | undefined;
  #up: Promise<void> | undefined;

  constructor(
    spec: NodeSpec,
    policy: RestartPolicy,
    reaper: Reaper,
    changed: (state: NodeState) => void,
    heard: (message: FromChild) => void = () => undefined,
  ) {
    this.spec = spec;
    this.#policy = policy;
    this.#reaper = reaper;
    this.#changed = changed;
    this.#heard = heard;
  }

  get name(): string {
    return this.spec.node;
  }

  get role(): NodeRole {
    return this.spec.role;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get state(): NodeState {
    return this.#state;
  }

  get controls(): ProcessControls {
    return this;
  }

  /** Whether a fault has ended it, or may have it end itself. */
  get isStruck(): boolean {
    return this.#isStruck;
  }

  /** Starts the process; resolves once it says that it is ready. @throws {Error} with what it said instead. */
  start(): Promise<void> {
    clearTimeout(this.#restart);
    // A fault that goes on when all is over must not bring anything back.
    if (this.#stopping) return Promise.reject(new Error(`${this.name} was stopped for good`));
    this.#startedAt = performance.now();
    this.#isStruck = false;
    this.#isTerminated = false;
    this.#lives++;
    this.#ledgerBegan = statSync(this.spec.file, { throwIfNoEntry: false })?.size ?? 0;
    const spec: NodeSpec = { ...this.spec, life: this.#lives };
    const child = fork(childEntry, [JSON.stringify(spec)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      ...(spec.host === undefined ? {} : runIn(spec.host)),
    });
    // Each fault that is to strike it waits for it.
    child.setMaxListeners(0);
    this.#child = child;
    if (child.pid !== undefined) this.#reaper.watch(child.pid);
    child.once('exit', () => this.#exited(child));
    this.#up = new Promise((resolve, reject) => {
      child.on('message', (message: FromChild) => {
        if (message.said === 'ready') {
          this.#become('up');
          resolve();
        } else if (message.said === 'failed') {
          reject(new Error(`${this.name}: ${message.message}`));
        }
        this.#heard(message);
      });
      child.once('exit', (code, signal) => reject(new Error(`${this.name} ended early: ${signal ?? code}`)));
    });
    // Whoever waits for it hears of it; a restart that nobody waits for must not end the harness.
    this.#up.catch(() => undefined);
    return this.#up;
  }

  /** It is not there, and comes when somebody starts it. */
  async stayAway(): Promise<void> {
    this.#isTerminated = true;
    this.#become('dead');
  }

  tell(message: ToChild): void {
    this.#child?.send(message);
  }

  async kill(): Promise<void> {
    this.#isStruck = true;
    // Another fault was faster.
    if (this.#state === 'dead') return;
    const child = this.#running();
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async terminate(): Promise<void> {
    const child = this.#running();
    this.#isStruck = true;
    this.#isTerminated = true;
    await ended(child, terminationPatienceMs);
  }

  order(order: Order): Promise<number> {
    const child = this.#running();
    const number = ++this.#orders;
    if (order.kind === 'kill-at') this.#isStruck = order.hit > 0;
    return new Promise((obeyed, reject) => {
      const heard = (message: FromChild) => {
        if (message.said !== 'obeying' || message.number !== number) return;
        child.off('message', heard);
        obeyed(message.at);
      };
      child.on('message', heard);
      child.once('exit', () => setImmediate(() => reject(new Error(`${this.name} ended before it obeyed`))));
      child.send({ tell: 'obey', number, order } satisfies ToChild, (error) => {
        if (error !== null) reject(new Error(`${this.name} could not be told: ${error.message}`));
      });
    });
  }

  async pause(): Promise<void> {
    await this.halt();
    if (this.#stops > 0) this.#become('paused');
  }

  async resume(): Promise<void> {
    if (this.#state !== 'paused') return;
    this.release();
    this.#become('up');
  }

  /** Whom another fault kills meanwhile is stopped for good. */
  async halt(): Promise<void> {
    const child = this.#child;
    if (child === undefined || this.#state === 'dead') return;
    this.#stops++;
    child.kill('SIGSTOP');
    await stopped(child);
  }

  /** A life that ends before it had so many leaves the next one to begin anew. */
  async haltAfter(requests: number, patienceMs: number): Promise<boolean> {
    const patience = performance.now() + patienceMs;
    while (performance.now() < patience) {
      if (this.#state === 'up' && (await this.#haltsAfter(requests, patience - performance.now()))) return true;
      await sleep(1);
    }
    return false;
  }

  async #haltsAfter(requests: number, patienceMs: number): Promise<boolean> {
    const child = this.#running();
    const waiting = new AbortController();
    const given = this.order({ kind: 'halt-after', requests }).then(() => true);
    // Told to go on, it says so, unless it stopped first, and had said that.
    const patience = sleep(patienceMs, undefined, { signal: waiting.signal })
      .then(() => this.order({ kind: 'halt-after', requests: 0 }))
      .then(() => false);
    patience.catch(() => undefined);
    try {
      if (!(await Promise.race([given, patience]))) return false;
      // It stops itself: a signal of ours might come before its own, and be taken back before that.
      this.#stops++;
      await stopped(child);
      return this.#stops > 0;
    } catch {
      // It died.
      return false;
    } finally {
      waiting.abort();
      given.catch(() => undefined);
    }
  }

  release(): void {
    if (this.#stops === 0) return;
    this.#stops--;
    if (this.#stops === 0) this.#child!.kill('SIGCONT');
  }

  async recover(): Promise<void> {
    const patience = performance.now() + recoveryPatienceMs;
    if (this.#state === 'dead' && (this.#policy === 'never' || this.#isTerminated)) await this.start();
    while (this.state !== 'up') {
      if (this.#stopping) throw new Error(`${this.name} was stopped for good`);
      if (performance.now() > patience) throw new Error(`${this.name} did not come back`);
      await sleep(1);
    }
  }

  /** Resolves when the process that runs now has gone. */
  async gone(): Promise<void> {
    await once(this.#running(), 'exit');
  }

  /** As its ledger says, in this life. */
  isIn(state: ServerState): boolean {
    const kinds = this.#state === 'up' ? lastKinds(this.spec.file, this.#ledgerBegan) : [];
    if (state === 'busy') return kinds.findLast((kind) => kind !== 'received') === 'executing';
    const holds = kinds.length > 0 && !doneKinds.has(kinds.at(-1)!);
    return holds === (state === 'holding');
  }

  /** Ends the process: asked to, so that it may drain, and made to when it does not within the time. */
  async stop(patienceMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === undefined || !isRunning(child)) return;
    child.kill('SIGCONT');
    await ended(child, patienceMs);
  }

  #running(): ChildProcess {
    if (this.#child === undefined || this.#state === 'dead') throw new Error(`${this.name} is not running`);
    return this.#child;
  }

  #exited(child: ChildProcess): void {
    this.#reaper.forget(child.pid!);
    if (child !== this.#child) return;
    this.#stops = 0;
    this.#become('dead');
    if (this.#stopping || this.#isTerminated || this.#policy === 'never') return;
    this.#restart = setTimeout(() => void this.start(), this.#restartDelayMs());
  }

  /** daemontools: at once if it had been up for a second, otherwise a second after its start. */
  #restartDelayMs(): number {
    if (this.#policy !== 'daemontools') return Number(this.#policy.slice('after:'.length));
    const upMs = performance.now() - this.#startedAt;
    return upMs >= 1000 ? 0 : 1000 - upMs;
  }

  #become(state: NodeState): void {
    this.#state = state;
    this.#changed(state);
  }
}

/** Asked to, so that it may drain, and made to when it does not within the time. */
async function ended(child: ChildProcess, patienceMs: number): Promise<void> {
  const gone = once(child, 'exit');
  child.kill(patienceMs > 0 ? 'SIGTERM' : 'SIGKILL');
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await gone;
  clearTimeout(timer);
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** Resolves once it stands still, or is gone. */
async function stopped(child: ChildProcess): Promise<void> {
  while (isRunning(child) && !isStopped(child.pid!)) await sleep(0);
}

/** False of one that is gone, too. */
function isStopped(pid: number): boolean {
  if (process.platform !== 'linux') return true;
  // "pid (name) state …": the name may hold anything, so the state is what follows its last parenthesis.
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return false;
  }
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'T';
}

/** The kinds of the last whole lines of a ledger, read from its end; none of before `from`. */
function lastKinds(path: string, from: number): string[] {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(file);
    const tail = Buffer.alloc(Math.min(size - from, tailBytes));
    readSync(file, tail, 0, tail.length, size - tail.length);
    const whole = tail.toString().split('\n').slice(0, -1);
    return whole.flatMap((line) => /"kind":"([\w-]+)"/.exec(line)?.[1] ?? []);
  } finally {
    closeSync(file);
  }
}

const tailBytes = 512;
const recoveryPatienceMs = 30_000;
/** More than any of ours takes to drain. */
const terminationPatienceMs = 5000;
const childEntry = fileURLToPath(new URL('./child.js', import.meta.url));

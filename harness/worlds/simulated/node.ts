/** Keeps one simulated node running as its restart policy says, and does to it what faults ask for. */
import { drawNth } from '../../../patterns/parts/chance.ts';
import type { NodeState } from '../../history.ts';
import type { NodeRole, WorldNode } from '../world.ts';
import type { EventQueue } from './event-queue.ts';
import type { SimulatedProcess } from './process.ts';
import { boot, within } from './timings.ts';

export interface NodeSetup {
  readonly name: string;
  readonly role: NodeRole;
  readonly seed: number;
  /** `never`, `daemontools` or `after:<ms>`. */
  readonly restart: string;
  /** Begins a life, the first being number 1. */
  begin(life: number): SimulatedProcess;
  changed(state: NodeState): void;
}

export class SimulatedNode implements WorldNode {
  readonly #setup: NodeSetup;
  readonly #queue: EventQueue;
  /** Tells the script that waits that its time has come. */
  readonly #resolve: (resolve: () => void) => void;
  #process: SimulatedProcess | undefined;
  #state: NodeState = 'dead';
  #life = 0;
  #startedAt = 0;
  #stops = 0;
  #isStopping = false;
  readonly #whenUp: (() => void)[] = [];

  constructor(setup: NodeSetup, queue: EventQueue, resolve: (resolve: () => void) => void) {
    this.#setup = setup;
    this.#queue = queue;
    this.#resolve = resolve;
  }

  get name(): string {
    return this.#setup.name;
  }

  get role(): NodeRole {
    return this.#setup.role;
  }

  get state(): NodeState {
    return this.#state;
  }

  get process(): SimulatedProcess | undefined {
    return this.#process;
  }

  /** Starts a life; resolves once it is ready. */
  start(): Promise<void> {
    const life = ++this.#life;
    this.#startedAt = this.#queue.now;
    this.#queue.at(this.#queue.now + within(boot, drawNth(this.#setup.seed, life)), () => {
      if (life !== this.#life || this.#isStopping) return;
      this.#process = this.#setup.begin(life);
      this.#become('up');
    });
    return this.#up();
  }

  kill(): Promise<void> {
    if (this.#state === 'dead') return Promise.resolve();
    this.#process!.end();
    this.#process = undefined;
    this.#become('dead');
    if (!this.#isStopping && this.#setup.restart !== 'never') {
      this.#queue.at(this.#queue.now + this.#restartDelayMs() * 1000, () => {
        if (this.#state === 'dead' && !this.#isStopping) void this.start();
      });
    }
    return Promise.resolve();
  }

  /** Half of all freezes strike in the middle of a turn, between two of its effects. */
  pause(): Promise<void> {
    const process = this.#process;
    if (process?.state !== 'running') return Promise.resolve();
    const chance = drawNth(this.#setup.seed ^ 0x70617573, ++this.#stops);
    return new Promise((frozen) => {
      const whenFrozen = () => {
        this.#become('paused');
        this.#resolve(frozen);
      };
      process.pause(chance < 0.5 ? undefined : Math.floor((chance - 0.5) * 16), whenFrozen);
    });
  }

  resume(): Promise<void> {
    if (this.#process?.state === 'paused') {
      this.#process.resume();
      this.#become('up');
    }
    return Promise.resolve();
  }

  /** Nothing to do: time stands still while the story thinks. */
  halt(): Promise<void> {
    return Promise.resolve();
  }

  release(): void {}

  recover(): Promise<void> {
    if (this.#state === 'up') return Promise.resolve();
    return this.#setup.restart === 'never' ? this.start() : this.#up();
  }

  /** Ends it for good. */
  stop(isGraceful: boolean): void {
    this.#isStopping = true;
    this.#process?.end(isGraceful);
    this.#process = undefined;
    if (this.#state !== 'dead') this.#become('dead');
  }

  #up(): Promise<void> {
    return new Promise((up) => this.#whenUp.push(() => this.#resolve(up)));
  }

  #restartDelayMs(): number {
    const { restart } = this.#setup;
    if (restart !== 'daemontools') return Number(restart.slice('after:'.length));
    const upMs = (this.#queue.now - this.#startedAt) / 1000;
    return upMs >= 1000 ? 0 : 1000 - upMs;
  }

  #become(state: NodeState): void {
    this.#state = state;
    this.#setup.changed(state);
    if (state === 'up') for (const up of this.#whenUp.splice(0)) up();
  }
}

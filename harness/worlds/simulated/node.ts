/** Keeps one simulated node running as its restart policy says, and does to it what faults ask for. */
import type { Micros } from '../../../patterns/machine.ts';
import type { Failpoint, Order, ProcessControls } from '../../faults/fault.ts';
import type { NodeState } from '../../history.ts';
import type { NodeRole, WorldNode } from '../world.ts';
import type { Conductor } from './conductor.ts';
import type { EventQueue } from './event-queue.ts';
import { Moments } from './moments.ts';
import { type SimulatedProcess, struckDown } from './process.ts';
import type { Starts } from './starts.ts';

export interface NodeSetup {
  readonly name: string;
  readonly role: NodeRole;
  readonly seed: number;
  /** `never`, `daemontools` or `after:<ms>`. */
  readonly restart: string;
  /** Begins a life, the first being number 1; it says of each step that it comes there. */
  begin(life: number, passes: (point: Failpoint) => void): SimulatedProcess;
  changed(state: NodeState): void;
  /** It is told to drain. */
  drains?(): void;
  /** It has had its time for that, and goes: what is open is told so. */
  leaves?(): void;
  /** Whether it does nothing in time, for a while. */
  late(isLate: boolean): void;
  /** Takes it off the client's list of endpoints, or puts it there again. */
  listed?(isListed: boolean): void;
}

export class SimulatedNode implements WorldNode {
  readonly #setup: NodeSetup;
  readonly #queue: EventQueue;
  readonly #chance: Moments;
  readonly #starts: Starts;
  readonly #conductor: Conductor;
  /** Tells the script that waits that its time has come. */
  readonly #resolve: (resolve: () => void) => void;
  #process: SimulatedProcess | undefined;
  #state: NodeState = 'dead';
  #life = 0;
  #startedAt = 0;
  #isStopping = false;
  /** How many have stopped it and not let it go yet: a fault, and whoever takes aim at it. */
  #stops = 0;
  /** When its latest order has been told. */
  #toldAt: Micros = 0;
  readonly #whenUp: (() => void)[] = [];
  readonly #whenGone: (() => void)[] = [];
  /** Where it is to kill itself, and when it has come there so often. */
  #trap: { readonly point: Failpoint; hits: number; readonly struck: () => void } | undefined;

  constructor(
    setup: NodeSetup,
    queue: EventQueue,
    starts: Starts,
    conductor: Conductor,
    resolve: (resolve: () => void) => void,
  ) {
    this.#setup = setup;
    this.#queue = queue;
    this.#chance = new Moments(queue, setup.seed);
    this.#starts = starts;
    this.#conductor = conductor;
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
    const life = this.#nextLife();
    this.#starts.begin(this.#chance.draw(), () => {
      if (life === this.#life && !this.#isStopping) this.#begin();
    });
    return this.#up();
  }

  /** Its first life begins here and now. */
  startAtOnce(): void {
    this.#nextLife();
    this.#begin();
  }

  #nextLife(): number {
    this.#startedAt = this.#queue.now;
    return ++this.#life;
  }

  #begin(): void {
    this.#process = this.#setup.begin(this.#life, (point) => this.#passes(point));
    this.#become('up');
  }

  kill(): Promise<void> {
    if (this.#state === 'dead') return Promise.resolve();
    this.#end();
    if (!this.#isStopping && this.#setup.restart !== 'never') {
      this.#queue.at(this.#queue.now + this.#restartDelayMs() * 1000, () => {
        if (this.#state === 'dead' && !this.#isStopping) void this.start();
      });
    }
    return Promise.resolve();
  }

  get controls(): ProcessControls {
    return {
      terminate: () => this.#terminate(),
      start: () => (this.#state === 'up' ? Promise.resolve() : this.start()),
      order: (order) => this.#order(order),
      gone: () => new Promise((gone) => this.#whenGone.push(() => this.#resolve(gone))),
    };
  }

  /** SIGTERM: it takes no more, finishes what it has, for so long as a process is given for that, and stays away. */
  #terminate(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return Promise.resolve();
    const { machine } = process;
    process.call(() => {
      this.#setup.drains?.();
      machine.drain(process.now);
    });
    const patience = this.#queue.now + drainPatience;
    return new Promise((ended) => {
      const look = () => {
        const isGone = this.#process !== process;
        if (!isGone && !machine.drained && this.#queue.now < patience)
          this.#queue.at(this.#queue.now + drainLook, look);
        else {
          this.#queue.at(this.#queue.now + lastWords, () => {
            if (this.#process === process) process.lastCall(() => this.#setup.leaves?.());
            // It may have come to the step at which it is to die.
            if (this.#process === process) this.#end(true);
            this.#resolve(ended);
          });
        }
      };
      look();
    });
  }

  /** It is not there, and comes when somebody starts it. */
  stayAway(): void {
    this.#become('dead');
  }

  /** What it does to itself; a process that is gone does nothing. */
  async #order(order: Order): Promise<number> {
    const process = this.#process;
    const told = this.#conductor.tells();
    this.#toldAt = this.#queue.now + told;
    if (this.#conductor.isTimed) await this.#conductor.waits(told);
    if (process !== this.#process) return this.#queue.now;
    if (order.kind === 'kill-at') return this.#setTrap(order.point, order.hit);
    if (order.kind === 'stall') {
      this.#process?.stall(order.forMs * 1000);
      this.#lateFor(order.forMs);
    } else if (order.kind === 'slow') {
      this.#process?.slow(order.byMs * 1000, order.forMs * 1000);
      if (this.role !== 'server') this.#lateFor(order.forMs);
    }
    return this.#queue.now;
  }

  #setTrap(point: Failpoint, hits: number): Promise<number> {
    this.#trap = undefined;
    if (hits === 0) return Promise.resolve(this.#queue.now);
    return new Promise((obeyed) => {
      const struck = () => {
        const at = this.#queue.now;
        this.#resolve(() => obeyed(at));
      };
      this.#trap = { point, hits, struck };
    });
  }

  /** Its process came to that step: not a thing more is done where that is its end. */
  #passes(point: Failpoint): void {
    if (this.#trap?.point !== point || --this.#trap.hits > 0) return;
    const { struck } = this.#trap;
    const die = () => {
      struck();
      void this.kill();
    };
    if (point === 'after-reply') {
      const process = this.#process;
      this.#trap = undefined;
      this.#queue.at(this.#queue.now + replyLeaves, () => this.#process === process && die());
      return;
    }
    die();
    throw struckDown;
  }

  /** It may seem frozen to others, and is none the less up. */
  #lateFor(ms: number): void {
    if (ms === 0) return;
    this.#setup.late(true);
    this.#queue.at(this.#queue.now + ms * 1000, () => this.#setup.late(false));
  }

  list(isListed: boolean): void {
    this.#setup.listed?.(isListed);
  }

  #end(isGraceful = false): void {
    this.#process!.end(isGraceful);
    this.#process = undefined;
    this.#trap = undefined;
    this.#stops = 0;
    this.#become('dead');
    for (const gone of this.#whenGone.splice(0)) gone();
  }

  /** Half of all freezes strike in the middle of a turn, between two of its effects; on a real machine hardly any does. */
  pause(): Promise<void> {
    const process = this.#process;
    if (this.#conductor.isTimed) {
      this.#stopOnce();
      if (this.#stops > 0) this.#become('paused');
      return Promise.resolve();
    }
    if (process?.state !== 'running') return Promise.resolve();
    const chance = this.#chance.draw();
    return new Promise((frozen) => {
      const whenFrozen = (isFrozen: boolean) => {
        if (isFrozen) this.#become('paused');
        this.#resolve(frozen);
      };
      process.pause(chance < 0.5 ? undefined : Math.floor((chance - 0.5) * 16), whenFrozen);
    });
  }

  async resume(): Promise<void> {
    if (this.#conductor.isTimed) await this.#conductor.waits(this.#conductor.continues());
    if (this.#state !== 'paused') return;
    // On waking it may come to the step at which it is to die.
    this.#become('up');
    this.#stops = Math.max(0, this.#stops - 1);
    if (this.#stops === 0) this.#process!.resume();
  }

  /** Where orders take time it is SIGSTOP, too; elsewhere time stands still while the story thinks. */
  halt(): Promise<void> {
    if (this.#conductor.isTimed) this.#stopOnce();
    return Promise.resolve();
  }

  #stopOnce(): void {
    const process = this.#process;
    if (process === undefined) return;
    this.#stops++;
    if (process.state === 'running') process.pause(undefined, () => undefined);
  }

  /** What it was told before, it finds when it goes on. */
  release(): void {
    if (this.#stops === 0) return;
    this.#stops--;
    const process = this.#process;
    const told = Math.max(this.#queue.now, this.#toldAt);
    this.#queue.at(told + this.#conductor.continues(), () => {
      if (this.#stops === 0 && this.#process === process) process?.resume();
    });
  }

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

/** As long as a process of the other world is given, and as often as it is looked at here. */
const drainPatience = 1_000_000;
const drainLook = 2_000;
/** Until an answer that was given has left. */
const replyLeaves = 1_000;
/** What was written still leaves. */
const lastWords = 50_000;

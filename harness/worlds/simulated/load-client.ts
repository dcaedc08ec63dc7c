/**
 * The load client of the simulated world: issues what the plan says is due, and writes down what it was told. Where it dies,
 * what it had open is nobody's; its next life issues what is due from there on.
 */
import {
  type ClientMachine,
  type Effects,
  FULL,
  type Micros,
  type Note,
  type Slot,
} from '../../../patterns/machine.ts';
import { draw } from '../../../patterns/parts/chance.ts';
import type { AnyPattern } from '../../../patterns/pattern.ts';
import { type Delivery, failures, type Settlement } from '../../../patterns/transaction.ts';
import type { Failpoint } from '../../faults/fault.ts';
import type { HistoryLine } from '../../history.ts';
import { isAnswer, payloadOf, planArrivals, timeoutOf } from '../../load.ts';
import type { Scenario } from '../../scenario.ts';
import type { Network } from './network.ts';
import { SimulatedProcess } from './process.ts';
import type { Watcher } from './watcher.ts';

export interface LoadClientSetup {
  readonly scenario: Scenario;
  readonly pattern: AnyPattern;
  readonly settings: AnyPattern['settings'];
  /** Those that it is told of when a life of it begins. */
  endpoints(): readonly string[];
  readonly bind: readonly string[];
  /** What a transaction asks for that the load does not say. */
  readonly delivery: Delivery;
  readonly network: Network;
  readonly watcher: Watcher | undefined;
  write(line: HistoryLine): void;
  /** What issuing a transaction costs its thread. */
  readonly issueTakes: Micros;
  /** What handing over an attempt of one costs it. */
  readonly attemptTakes: Micros;
  /** What its first transaction takes longer. */
  readonly coldTakes: Micros;
  failed(error: unknown): void;
}

export class SimulatedLoadClient {
  #process!: SimulatedProcess<ClientMachine>;
  #life = 0;
  /** When the last is due. */
  #issuedBy = Number.POSITIVE_INFINITY;
  /** The millisecond of the load in which its present life began, where that is not the first. It has its names by that: without a death before it they are the same. */
  #bornMs = 0;
  readonly #setup: LoadClientSetup;
  readonly #numberIn: (number | undefined)[] = [];
  readonly #requests = new Map<number, Uint8Array>();
  /** What there is of answers in parts, by the number of their transaction. */
  readonly #parts = new Map<number, Uint8Array[]>();
  #whenReady: (() => void) | undefined;
  #servers = Number.POSITIVE_INFINITY;
  #began = 0;
  #open = 0;
  #isIssuing = false;
  #isCold = true;
  /** It is to end: what becomes due is withdrawn. */
  #isLeaving = false;
  #next = 0;
  #whenEnded: (() => void) | undefined;

  constructor(setup: LoadClientSetup) {
    this.#setup = setup;
  }

  /** Its present life, or the last one. */
  get process(): SimulatedProcess<ClientMachine> {
    return this.#process;
  }

  /**
   * A life of it, under a name of its own. What the one before had open is nobody's, unless it was told to give it up.
   *
   * @param passes it comes to such a step.
   */
  begins(life: number, passes: (point: Failpoint) => void): SimulatedProcess<ClientMachine> {
    this.#life = life;
    this.#bornMs = life === 1 ? 0 : Math.ceil((this.#setup.network.queue.now - this.#began) / 1000);
    this.#numberIn.length = 0;
    this.#requests.clear();
    this.#parts.clear();
    this.#open = 0;
    this.#isLeaving = false;
    this.#isCold = true;
    this.#process = this.#made(passes);
    if (life > 1) {
      // One that stood still when the last was due, and died before it went on.
      if (this.#process.now >= this.#issuedBy) this.#isIssuing = false;
      if (this.#setup.scenario.load.model === 'closed') this.#beginLanes();
      this.#process.call(() => this.#endIfSettled());
    }
    return this.#process;
  }

  takesNoMore(): void {
    this.#isLeaving = true;
  }

  /** It ends in good order: each that is open settles, whatever its deadline. */
  givesUp(): void {
    const { machine, now } = this.#process;
    for (const [slot, n] of this.#numberIn.entries()) if (n !== undefined) machine.abandon(now, slot);
  }

  #made(passes: (point: Failpoint) => void): SimulatedProcess<ClientMachine> {
    const { pattern, endpoints, bind, settings, network, failed, watcher } = this.#setup;
    const clientId = this.#clientId;
    const machine = (effects: Effects) =>
      pattern.client(
        { endpoints: endpoints(), bind, service: 'default', clientId, firstSequence: 1, settings },
        effects,
      );
    const facade = {
      settle: (slot: Slot, how: Settlement, body?: Uint8Array) => this.#settle(slot, how, body),
      part: (slot: Slot, body: Uint8Array, isFirst: boolean) => this.#part(slot, body, isFirst),
      turned: () => this.#turned(),
      note: (note: Note) => this.#note(note),
      passes,
    };
    const name = this.#life === 1 ? 'client' : `client/${this.#life}`;
    return new SimulatedProcess(network, name, machine, facade, failed, watcher);
  }

  get #clientId(): string {
    return this.#life === 1 ? firstClientId : `${firstClientId}-${this.#bornMs}`;
  }

  #idOf(n: number): string {
    return `${this.#clientId}:${n + 1}`;
  }

  /** Calls back once so many peers can take a transaction. */
  whenReady(servers: number, callback: () => void): void {
    this.#servers = servers;
    this.#whenReady = callback;
    this.#process.call(() => undefined);
  }

  /** Begins the load, and says so once everything was issued and has settled, or never will. */
  begin(whenEnded: () => void): number {
    this.#began = this.#process.now;
    this.#whenEnded = whenEnded;
    this.#setup.write({ kind: 'began', at: this.#began });
    const { load } = this.#setup.scenario;
    this.#isIssuing = true;
    const lastIssued = load.model === 'open' ? this.#planOpen() : this.#beginClosed();
    const { queue } = this.#setup.network;
    // Stuck ones are those that have not settled so long after the last deadline.
    queue.at(this.#began + lastIssued + (load.timeoutMs + stuckAfterMs) * 1000, () => this.#end());
    // A client that stands still at that moment has yet to issue what came due.
    this.#issuedBy = this.#began + lastIssued;
    queue.at(this.#issuedBy, () => {
      if (this.#process.state === 'dead') this.#isIssuing = false;
      this.#process.call(() => {
        this.#isIssuing = false;
        this.#endIfSettled();
      });
    });
    return this.#began;
  }

  /** An event loop's timer fires in whole milliseconds: what came due in one is issued in one turn. Returns the last one's time. */
  #planOpen(): number {
    const { only } = this.#setup.scenario.load;
    const kept = only === undefined ? undefined : new Set(only);
    const plan = planArrivals(this.#setup.scenario).filter(({ n }) => kept?.has(n) !== false);
    let last = 0;
    for (let next = 0; next < plan.length; ) {
      const at = Math.ceil(plan[next]!.at / 1000) * 1000;
      const first = next;
      while (next < plan.length && plan[next]!.at <= at) next++;
      const due = plan.slice(first, next);
      last = at + 1000;
      this.#setup.network.queue.at(this.#began + at, () =>
        this.#issuing(() => {
          for (const one of due) this.#issue(one.n, this.#began + one.at);
        }),
      );
    }
    return last;
  }

  #beginClosed(): number {
    this.#beginLanes();
    return this.#setup.scenario.load.durationMs * 1000;
  }

  /** A life's numbers are its own: nobody knows how far the one before it came. */
  #beginLanes(): void {
    this.#next = numbersOfLife * this.#bornMs;
    this.#issuing(() => {
      for (let lane = 0; lane < this.#setup.scenario.load.window; lane++) this.#issueNext();
    });
  }

  /** The first of them takes it longer. */
  #issuing(call: () => void): void {
    if (this.#isCold && this.#process.state === 'running') {
      this.#process.busy(this.#setup.coldTakes);
      this.#isCold = false;
    }
    this.#process.call(call);
  }

  #issueNext(): void {
    const { load } = this.#setup.scenario;
    const { now } = this.#process;
    if (load.model === 'open' || this.#isLeaving || now >= this.#began + load.durationMs * 1000) return;
    const n = load.only === undefined ? this.#next : load.only[this.#next];
    this.#next++;
    if (n !== undefined) this.#issue(n, now);
  }

  #issue(n: number, due: number): void {
    const { scenario, watcher, delivery } = this.#setup;
    const { now, machine } = this.#process;
    const left = Math.max(1, Math.ceil(timeoutOf(scenario, n) - (now - due) / 1000));
    const request = payloadOf(scenario, n);
    this.#setup.write({ kind: 'invoked', n, id: this.#idOf(n), due, at: now });
    this.#process.busy(this.#setup.issueTakes);
    watcher?.issued?.(n);
    this.#open++;
    this.#requests.set(n, request);
    if (this.#isLeaving) {
      this.#settled(n, 'withdrawn', undefined);
      return;
    }
    const inParts = scenario.load.stream;
    const order = { request, deadline: now + left * 1000, delivery, inParts, sequence: n + 1 };
    const slot = machine.transact(now, order);
    if (slot === FULL) this.#settled(n, 'full', undefined);
    else {
      this.#numberIn[slot] = n;
      if (draw(scenario.seed, `abandoned:${n}`) < scenario.load.abandonedShare) this.#abandonLater(n, slot, left);
    }
  }

  /** Its caller loses patience before its deadline. */
  #abandonLater(n: number, slot: Slot, leftMs: number): void {
    const { network, scenario } = this.#setup;
    const after = Math.floor(leftMs * 1000 * draw(scenario.seed, `patience:${n}`));
    network.queue.at(this.#process.now + after, () =>
      this.#process.call(() => {
        if (this.#numberIn[slot] === n) this.#process.machine.abandon(this.#process.now, slot);
      }),
    );
  }

  #settle(slot: Slot, how: Settlement, body: Uint8Array | undefined): void {
    const n = this.#numberIn[slot];
    if (n === undefined) throw new Error(`slot ${slot} settled twice, as ${how}`);
    this.#numberIn[slot] = undefined;
    this.#settled(n, how, body);
  }

  #part(slot: Slot, body: Uint8Array, isFirst: boolean): void {
    const n = this.#numberIn[slot];
    if (n === undefined) throw new Error(`slot ${slot} has settled, and is given a part`);
    const parts = this.#parts.get(n);
    if (isFirst && parts !== undefined && this.#setup.scenario.load.stream) {
      throw new Error(`the answer to ${this.#idOf(n)} begins anew, and its caller has read of it`);
    }
    if (isFirst || parts === undefined) this.#parts.set(n, [body]);
    else parts.push(body);
  }

  #settled(n: number, how: Settlement, body: Uint8Array | undefined): void {
    const request = this.#requests.get(n)!;
    this.#requests.delete(n);
    const answer = body ?? Buffer.concat(this.#parts.get(n) ?? []);
    this.#parts.delete(n);
    const matched = how !== 'committed' || isAnswer(answer, this.#idOf(n), request);
    const outcome = how === 'committed' ? how : failures[how].outcome;
    this.#setup.write({ kind: 'settled', n, outcome, code: how, matched, at: this.#process.now });
    this.#setup.watcher?.settled?.(n, how);
    this.#open--;
    this.#process.call(() => this.#issueNext());
    this.#endIfSettled();
  }

  #endIfSettled(): void {
    if (!this.#isIssuing && this.#open === 0) this.#end();
  }

  #end(): void {
    const ended = this.#whenEnded;
    this.#whenEnded = undefined;
    if (ended === undefined) return;
    this.#setup.write({ kind: 'ended', at: this.#process.now });
    ended();
  }

  #turned(): void {
    if (this.#whenReady === undefined || this.#process.machine.available < this.#servers) return;
    this.#whenReady();
    this.#whenReady = undefined;
  }

  #note(note: Note): void {
    this.#setup.watcher?.noted?.('client', note);
    const at = this.#setup.network.queue.now;
    if (note.kind === 'attempt') {
      const peer = note['peer'] === undefined ? {} : { peer: String(note['peer']) };
      this.#setup.write({
        kind: 'attempt',
        id: `${this.#clientId}:${note['sequence']}`,
        attempt: Number(note['attempt']),
        ...peer,
        at,
      });
      this.#process.busy(this.#setup.attemptTakes);
    } else if (note.kind === 'peer-up' || note.kind === 'peer-down') {
      const cause = note['cause'] === undefined ? {} : { cause: String(note['cause']) };
      this.#setup.write({ kind: 'peer', peer: String(note['peer']), up: note.kind === 'peer-up', ...cause, at });
    }
  }
}

const firstClientId = 'load';
const numbersOfLife = 1_000_000;
const stuckAfterMs = 1000;

/** What every machine holds is within its limits, and its figures add up; looked at after its turns. */
import type { BrokerMachine, ClientMachine, ServerMachine } from '../../patterns/machine.ts';
import { countMax } from '../../patterns/majordomo/batches.ts';
import type { BrokerGauges } from '../../patterns/stats.ts';
import { payloadOf } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import { roomyBytes } from './laws.ts';

export class Bounds {
  /** Issued and not settled, as the caller counts them. */
  #open = 0;
  /** As many as ever were: a client has used no more slots than that. */
  #openMost = 0;
  /** The same of its lives before this one, together. */
  #openMostBefore = 0;
  readonly #pendingLimit: number;
  readonly #queueLimit: number;
  /** Of the requests that are unanswered at a server, by their bytes. */
  readonly #owedMost: number;
  readonly #waitingMost: number;
  readonly #rememberedMost: number;
  readonly #concurrency: number;
  readonly #isClean: boolean;
  readonly #violated: (kind: string, detail: string) => void;

  constructor(
    scenario: Scenario,
    settings: Readonly<Record<string, unknown>>,
    isBrokered: boolean,
    violated: (kind: string, detail: string) => void,
  ) {
    const limit = (name: string) => Number(settings[name] ?? Number.POSITIVE_INFINITY);
    this.#pendingLimit = limit('pendingLimit');
    this.#queueLimit = limit('queueLimit');
    this.#rememberedMost = limit('replyCacheLimit');
    this.#concurrency = scenario.handler.concurrency;
    // In small buffers a worker's answers may find no room, and it begins anew.
    this.#isClean = scenario.faults.length === 0 && scenario.network.bufferBytes >= roomyBytes;
    this.#violated = violated;
    const cost = Math.min(...sampled.map((n) => payloadOf(scenario, n).length)) + requestCost;
    this.#owedMost = Math.max(1, Math.floor(limit('queueLimitBytes') / cost));
    // One client alone gets half of the places.
    const places = Math.min(limit('queueLimit'), limit('totalQueueLimit'));
    this.#waitingMost = isBrokered ? Math.ceil(places / 2) : Number.POSITIVE_INFINITY;
  }

  issued(): void {
    if (++this.#open > this.#openMost) this.#openMost = this.#open;
  }

  settled(): void {
    this.#open--;
  }

  /** What it had open, nobody has any more. */
  clientDied(): void {
    this.#open = 0;
    this.#openMostBefore += this.#openMost;
    this.#openMost = 0;
  }

  /** The caller's count and the machine's are one. */
  checkClient({ pending }: ClientMachine): void {
    if (pending > this.#pendingLimit) this.#violated('bound', `${pending} pend of at most ${this.#pendingLimit}`);
    if (pending !== this.#open) this.#violated('sums', `the client has ${pending} pending, its caller ${this.#open}`);
  }

  checkServer(name: string, machine: ServerMachine): void {
    const { requests, executions, committed, rejected, refusals, duplicates, owed, running, remembered } =
      machine.stats();
    const { lapsed, uncommitted, queueFull, draining, otherService } = refusals;
    const refused = lapsed + uncommitted + queueFull + draining + otherService;
    if (requests !== committed + rejected + duplicates + refused + owed) {
      const ends = `${committed} + ${rejected} + ${duplicates} + ${refused} + ${owed}`;
      this.#violated('sums', `${name} took ${requests} requests and knows of ${ends}`);
    }
    if (executions !== committed + rejected + uncommitted + running) {
      this.#violated('sums', `${name} began ${executions} handlers, and ${running} run`);
    }
    const owedMost = Math.min(this.#queueLimit, this.#owedMost);
    if (owed > owedMost) this.#violated('bound', `${name} owes ${owed}, and may owe ${owedMost}`);
    if (running > this.#concurrency) {
      this.#violated('bound', `${name} runs ${running} of ${this.#concurrency} handlers`);
    }
    const rememberedMost = Math.min(this.#rememberedMost, this.#openMostBefore + this.#openMost) + owed;
    if (remembered > rememberedMost) {
      this.#violated('bound', `${name} remembers ${remembered}, and may remember ${rememberedMost}`);
    }
  }

  checkBroker(name: string, machine: BrokerMachine): BrokerGauges {
    const stats = machine.stats();
    const { requests, answers, abandoned, duplicates, refusals, waiting, handed, workers, workersLost } = stats;
    const { expired, queueFull, servicesFull, tooLarge, draining } = refusals;
    const refused = expired + queueFull + servicesFull + tooLarge + draining;
    if (requests !== answers + abandoned + duplicates + refused + waiting + handed) {
      const ends = `${answers} + ${abandoned} + ${duplicates} + ${refused} + ${waiting} + ${handed}`;
      this.#violated('sums', `${name} took ${requests} requests and knows of ${ends}`);
    }
    // The last batch that a worker gets may go beyond its credit.
    const most = this.#concurrency + countMax - 1;
    const handedMost = workers * most;
    if (handed > handedMost) this.#violated('bound', `${name} gave workers ${handed} requests of ${handedMost}`);
    // What comes back from a worker that leaves or was lost waits whatever the limits say.
    const comesBack = this.#isClean ? 0 : (workers + workersLost) * most;
    const waitingMost = this.#waitingMost + comesBack;
    if (waiting > waitingMost) this.#violated('bound', `${name} has ${waiting} waiting, of at most ${waitingMost}`);
    return stats;
  }
}

/** What a request costs beside its body, by what `queueLimitBytes` says of itself. */
const requestCost = 1024;
/** Transactions whose payloads are looked at: the smallest of them bounds how many fit. */
const sampled = [0, 1];

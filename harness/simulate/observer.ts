/**
 * Watches a simulated run: hashes everything that happens, so that the same seed can be held to the same run; counts
 * which interesting states were reached; and holds machines to what must be so after every event.
 */
import type { ClientMachine, Frames, Machine, Note, ServerMachine } from '../../patterns/machine.ts';
import type { FailureCode } from '../../patterns/transaction.ts';
import type { NodeState } from '../history.ts';
import type { Scenario } from '../scenario.ts';
import type { Host } from '../worlds/simulated/host.ts';
import type { Watcher } from '../worlds/simulated/watcher.ts';
import type { Violation } from './violation.ts';

export class Observer implements Watcher {
  readonly violations: Violation[] = [];
  /** How often each state was reached. */
  readonly coverage = new Map<string, number>();
  #hash = 0x811c9dc5;
  #turns = 0;
  /** Issued and not settled, as the caller counts them. */
  #open = 0;
  readonly #pendingLimit: number;
  readonly #queueLimit: number;
  readonly #concurrency: number;

  constructor(scenario: Scenario, settings: Readonly<Record<string, unknown>>) {
    this.#pendingLimit = Number(settings['pendingLimit'] ?? Number.POSITIVE_INFINITY);
    this.#queueLimit = Number(settings['queueLimit'] ?? Number.POSITIVE_INFINITY);
    this.#concurrency = scenario.handler.concurrency;
  }

  /** Eight hexadecimal digits; two runs that differ in anything have, almost certainly, two of them. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  sent(host: Host, _to: string | undefined, frames: Frames, result: 'sent' | 'full' | 'unreachable'): void {
    this.#mixFrames(host, 1, frames);
    if (result !== 'sent') this.#reach(`${roleOf(host.name)}: unsent, ${result}`);
  }

  received(host: Host, _from: string | undefined, frames: Frames, taken: boolean): void {
    this.#mixFrames(host, taken ? 2 : 3, frames);
    if (!taken) this.#reach(`${roleOf(host.name)}: message dropped by its socket`);
  }

  linked(host: Host, endpoint: string, up: boolean): void {
    this.#mix(up ? 4 : 5);
    this.#mixText(host.name);
    this.#mixText(endpoint);
  }

  noted(host: string, note: Note): void {
    const { kind } = note;
    const { cause, busy, reason } = note;
    const details = [cause, busy === true ? 'busy' : undefined, reason].filter((one) => typeof one === 'string');
    this.#reach(`${roleOf(host)}: ${[kind, ...details].join(', ')}`);
  }

  issued(n: number): void {
    this.#open++;
    this.#mix(n);
  }

  settled(n: number, code: FailureCode | 'committed'): void {
    this.#open--;
    this.#mix(n ^ 0x40000000);
    this.#mixText(code);
    this.#reach(`told: ${code}`);
  }

  executed(_node: string, _request: unknown, committed: boolean): void {
    this.#mix(committed ? 6 : 7);
    if (!committed) this.#reach('server: told not to commit');
  }

  state(node: string, state: NodeState): void {
    this.#mixText(node + state);
    this.#reach(`${roleOf(node)}: ${state}`);
  }

  turned(host: Host, machine: Machine): void {
    if (host.name === 'client') this.#checkClient(machine as ClientMachine);
    else if ((++this.#turns & 15) === 0 && host.name.startsWith('server'))
      this.#checkServer(host, machine as ServerMachine);
  }

  /** The caller's count and the machine's are one. */
  #checkClient({ pending }: ClientMachine): void {
    if (pending > this.#pendingLimit) this.#violated('bound', `${pending} pend of at most ${this.#pendingLimit}`);
    if (pending !== this.#open) this.#violated('sums', `the client has ${pending} pending, its caller ${this.#open}`);
  }

  #checkServer({ name }: Host, machine: ServerMachine): void {
    const { requests, executions, committed, rejected, refusals, duplicates, owed, running } = machine.stats();
    const refused = Object.values(refusals).reduce((sum, one) => sum + one, 0);
    if (requests !== committed + rejected + duplicates + refused + owed) {
      const ends = `${committed} + ${rejected} + ${duplicates} + ${refused} + ${owed}`;
      this.#violated('sums', `${name} took ${requests} requests and knows of ${ends}`);
    }
    if (executions !== committed + rejected + refusals.uncommitted + running) {
      this.#violated('sums', `${name} began ${executions} handlers, and ${running} run`);
    }
    if (owed > this.#queueLimit) this.#violated('bound', `${name} owes ${owed}, and may owe ${this.#queueLimit}`);
    if (running > this.#concurrency)
      this.#violated('bound', `${name} runs ${running} of ${this.#concurrency} handlers`);
  }

  #violated(kind: string, detail: string): void {
    if (this.violations.length === 0) this.violations.push({ kind, detail });
  }

  #reach(state: string): void {
    this.coverage.set(state, (this.coverage.get(state) ?? 0) + 1);
  }

  #mixFrames(host: Host, kind: number, frames: Frames): void {
    this.#mix(kind);
    this.#mix(host.name.charCodeAt(host.name.length - 1));
    for (const frame of frames) {
      this.#mix(frame.length);
      // The fields of an envelope are near its beginning; a payload follows from them.
      for (let i = 0; i < frame.length && i < 60; i += 4) this.#mix(frame[i]!);
    }
  }

  #mixText(text: string): void {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ value, 0x01000193);
    this.#hash ^= this.#hash >>> 15;
  }
}

/** `server` for `server-2/1`. */
function roleOf(name: string): string {
  return /^[a-z]+/.exec(name)![0];
}

/**
 * Watches a simulated run: hashes everything that happens, so that the same seed can be held to the same run; counts
 * which interesting states were reached; and holds machines to what must be so after every event.
 */
import type {
  BrokerMachine,
  ClientMachine,
  Frames,
  IncomingRequest,
  Machine,
  Note,
  ServerMachine,
} from '../../patterns/machine.ts';
import { variantOf } from '../../patterns/names.ts';
import { seedFrom } from '../../patterns/parts/chance.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import type { FailureCode } from '../../patterns/transaction.ts';
import type { NodeState } from '../history.ts';
import type { Scenario } from '../scenario.ts';
import { settingsOf } from '../settings.ts';
import type { Impairment } from '../worlds/impairment.ts';
import type { Host } from '../worlds/simulated/host.ts';
import type { Watcher } from '../worlds/simulated/watcher.ts';
import { Bounds } from './bounds.ts';
import { Dealings, type DealingsSetup } from './dealings.ts';
import { Executions } from './executions.ts';
import { roomyBytes } from './laws.ts';
import { Suspicions } from './suspicions.ts';
import type { Violation } from './violation.ts';

export class Observer implements Watcher {
  readonly violations: Violation[] = [];
  /** How often each state was reached. */
  readonly coverage = new Map<string, number>();
  #hash = 0x811c9dc5;
  readonly #bounds: Bounds;
  #dealings: Dealings;
  readonly #dealingsSetup: DealingsSetup;
  readonly #executions: Executions;
  readonly #suspicions: Suspicions | undefined;
  readonly #turnedAway = new Set<string>();
  #now: () => number = () => 0;

  constructor(scenario: Scenario, pattern: AnyPattern) {
    const { load, topology, network } = scenario;
    const [, variant] = variantOf(pattern, scenario.variant);
    const settings = settingsOf(pattern, scenario);
    const violated = (kind: string, detail: string) => this.#violated(kind, detail);
    const delivery = load.delivery ?? variant.deliveries[0];
    const isBrokered = pattern.topology === 'broker';
    this.#bounds = new Bounds(scenario, settings, isBrokered, violated);
    this.#dealingsSetup = {
      window: Number(settings['window'] ?? Number.POSITIVE_INFINITY),
      delivery,
      mayRepeat: delivery === 'at-least-once' && !load.stream,
      isDirect: !isBrokered,
      violated,
    };
    this.#dealings = new Dealings(this.#dealingsSetup);
    this.#executions = new Executions(scenario, settings, !isBrokered, violated);
    const [interval, timeout] = [settings['heartbeatIntervalMs'], settings['heartbeatTimeoutMs']];
    if (typeof interval !== 'number' || typeof timeout !== 'number') return;
    const [heartbeatInterval, heartbeatTimeout] = [interval * 1000, timeout * 1000];
    const latency = network.latencyMs * 1000;
    const { servers } = topology;
    const isTight = network.bufferBytes < roomyBytes;
    this.#suspicions = new Suspicions(
      { heartbeatInterval, heartbeatTimeout, latency, servers, isTight, violated },
      () => this.#now(),
    );
  }

  /** Eight hexadecimal digits; two runs that differ in anything have, almost certainly, two of them. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  /** Whether what was received there then was turned away. */
  readonly isTurnedAway = (node: string, id: string, at: number): boolean =>
    this.#turnedAway.has(`${node} ${id} ${at}`);

  /** That state was reached. */
  reach(state: string): void {
    this.coverage.set(state, (this.coverage.get(state) ?? 0) + 1);
  }

  begins(now: () => number): void {
    this.#now = now;
  }

  sent(host: Host, _to: string | undefined, frames: Frames, result: 'sent' | 'full' | 'unreachable'): void {
    this.#mixFrames(host, 1, frames);
    if (result !== 'sent') this.reach(`${named(host.name).role}: unsent, ${result}`);
    if (isClient(host.name)) this.#dealings.sent(result === 'sent');
  }

  received(host: Host, _from: string | undefined, frames: Frames, taken: boolean): void {
    this.#mixFrames(host, taken ? 2 : 3, frames);
    if (!taken) this.reach(`${named(host.name).role}: message dropped by its socket`);
  }

  linked(host: Host, endpoint: string, up: boolean): void {
    this.#mix(up ? 4 : 5);
    this.#mix(this.#now());
    this.#mixText(host.name);
    this.#mixText(endpoint);
  }

  noted(host: string, note: Note): void {
    const { kind, cause } = note;
    this.reach(`${named(host).role}: ${inWords(note)}`);
    if (isClient(host)) this.#dealings.noted(note);
    else if (kind === 'turned-away')
      this.#turnedAway.add(`${host} ${note['client']}:${note['sequence']} ${this.#now()}`);
    if (cause !== undefined || kind === 'peer-up') this.#suspicions?.noted(host, note);
  }

  issued(n: number): void {
    this.#bounds.issued();
    this.#mix(this.#now());
    this.#mix(n);
  }

  settled(n: number, code: FailureCode | 'committed'): void {
    this.#bounds.settled();
    this.#mix(this.#now());
    this.#mix(n ^ 0x40000000);
    this.#mixText(code);
    this.reach(`told: ${code}`);
    this.#dealings.settled(n, code);
    this.#executions.settled(n + 1);
  }

  executing(node: string, request: IncomingRequest): void {
    this.#executions.begins(node, request, this.#now());
  }

  executed(node: string, request: IncomingRequest, committed: boolean): void {
    this.#mix(committed ? 6 : 7);
    this.#mix(this.#now());
    if (committed) this.#executions.tookEffect(node, request, this.#now());
    else this.reach('server: told not to commit');
  }

  state(node: string, state: NodeState): void {
    this.#mixText(node + state);
    this.#mix(this.#now());
    this.reach(`${named(node).role}: ${state}`);
    this.#suspicions?.state(node, state);
    if (state !== 'dead') return;
    if (isClient(node)) this.#clientDied();
    else this.#executions.died(node);
  }

  /** Whoever comes in its place knows nothing of what it had open. */
  #clientDied(): void {
    this.#bounds.clientDied();
    this.#dealings = new Dealings(this.#dealingsSetup);
  }

  late(node: string, isLate: boolean): void {
    this.#suspicions?.late(node, isLate);
    if (isLate) this.reach(`${named(node).role}: late`);
  }

  link(name: string, { kind }: Impairment, isImpaired: boolean): void {
    this.#mix(isImpaired ? 8 : 9);
    this.#mixText(name + kind);
    this.#suspicions?.link(name, isImpaired);
  }

  onLink(what: string): void {
    this.reach(`link: ${what}`);
  }

  turned({ name }: Host, machine: Machine): void {
    if (isClient(name)) {
      this.#bounds.checkClient(machine as ClientMachine);
      this.#dealings.turned();
      this.#suspicions?.clientTurned();
    } else {
      if (name.startsWith('server')) this.#bounds.checkServer(name, machine as ServerMachine);
      else this.#checkBroker(name.slice(0, name.indexOf('/')), machine as BrokerMachine);
    }
  }

  #checkBroker(name: string, machine: BrokerMachine): void {
    const { workers } = this.#bounds.checkBroker(name, machine);
    this.#suspicions?.brokerTurned(name, workers);
  }

  #violated(kind: string, detail: string): void {
    if (this.violations.length === 0) this.violations.push({ kind, detail });
  }

  #mixFrames(host: Host, kind: number, frames: Frames): void {
    this.#mix(kind);
    this.#mix(this.#now());
    this.#mix(named(host.name).number);
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

/** What was noted, and how. Most of the many notes are of the kinds that say no more than that. */
function inWords({ kind, cause, busy, reason }: Note): string {
  if (cause === undefined && busy !== true && reason === undefined) return kind;
  const details = [cause, busy === true ? 'busy' : undefined, reason].filter((one) => typeof one === 'string');
  return [kind, ...details].join(', ');
}

function isClient(name: string): boolean {
  return named(name).role === 'client';
}

interface Named {
  /** `server` for `server-2/1`. */
  readonly role: string;
  /** The same for the same name, and for hardly another. */
  readonly number: number;
}

/** By its name, which is looked at once: it comes with every message. */
function named(name: string): Named {
  let known = names.get(name);
  if (known === undefined) {
    known = { role: /^[a-z]+/.exec(name)![0], number: seedFrom(0, name) };
    names.set(name, known);
  }
  return known;
}

const names = new Map<string, Named>();

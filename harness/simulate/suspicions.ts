/**
 * Who was frozen, and who was taken for it: nobody who ran is suspected of silence, and nobody who stands still for long
 * is trusted.
 */
import type { Micros, Note } from '../../patterns/machine.ts';
import type { NodeState } from '../history.ts';

export interface SuspicionsSetup {
  readonly heartbeatInterval: Micros;
  readonly heartbeatTimeout: Micros;
  /** What the way of a message adds at most. */
  readonly latency: Micros;
  readonly servers: number;
  /** Buffers are so small that a heartbeat may wait behind requests for long. */
  readonly isTight: boolean;
  readonly violated: (kind: string, detail: string) => void;
}

export class Suspicions {
  readonly #setup: SuspicionsSetup;
  readonly #now: () => Micros;
  /** Since when each node stands still. */
  readonly #frozen = new Map<string, Micros>();
  /** When each that has thawed has made up for its own freeze, which it forgives others. */
  readonly #thawed = new Map<string, Micros>();
  readonly #up = new Set<string>();
  readonly #late = new Map<string, Micros>();
  /** When anybody last stood still. */
  #lastThaw: Micros = Number.NEGATIVE_INFINITY;

  /** Links that something is the matter with: how much, and since when. */
  readonly #impaired = new Map<string, { readonly count: number; readonly since: Micros }>();
  /** Links that nothing is the matter with any more: since when there was, and until when they may make up for it. */
  readonly #mending = new Map<string, { readonly since: Micros; readonly until: Micros }>();
  /** When what links did was over. */
  #mended: Micros = Number.NEGATIVE_INFINITY;

  constructor(setup: SuspicionsSetup, now: () => Micros) {
    this.#setup = setup;
    this.#now = now;
  }

  state(node: string, state: NodeState): void {
    if (state === 'paused') {
      this.#frozen.set(node, this.#now());
      return;
    }
    this.#ended(node, this.#frozen);
    // Another client knows none of them yet.
    if (node === 'client' && state === 'dead') this.#up.clear();
  }

  /** One that is up does nothing in time: it may be suspected, and need not be. */
  late(node: string, isLate: boolean): void {
    if (isLate) this.#late.set(node, this.#now());
    else this.#ended(node, this.#late, lateReading);
  }

  #ended(node: string, stops: Map<string, Micros>, further: Micros = 0): void {
    const since = stops.get(node);
    if (since === undefined) return;
    stops.delete(node);
    this.#lastThaw = this.#now();
    this.#thawed.set(node, this.#now() + this.#now() - since + further);
  }

  /** Those at its ends may seem to stand still for as long as it lasts, and as long again, as TCP waits that long. */
  link(name: string, isImpaired: boolean): void {
    const { count, since } = this.#impaired.get(name) ?? { count: 0, since: this.#beganOf(name) };
    if (isImpaired) this.#impaired.set(name, { count: count + 1, since });
    else if (count > 1) this.#impaired.set(name, { count: count - 1, since });
    else this.#impaired.delete(name);
    if (isImpaired) return;
    const until = this.#now() + this.#now() - since + lateLink;
    this.#mending.set(name, { since, until });
    this.#mended = Math.max(this.#mended, until);
  }

  /** One that is cut again before it has made up for the last time has carried nothing since then, and TCP waits longer. */
  #beganOf(name: string): Micros {
    const last = this.#mending.get(name);
    return last !== undefined && this.#now() < last.until ? last.since : this.#now();
  }

  /** What machines say of one another. */
  noted(host: string, { kind, cause, peer }: Note): void {
    if (host === 'client' && kind === 'peer-up') this.#up.add(nodeOf(String(peer)));
    if (kind === 'peer-down') this.#up.delete(nodeOf(String(peer)));
    const isSilence = cause === 'silence' || cause === 'own silence';
    if (!isSilence || this.#setup.isTight || this.#wasAnyFrozen()) return;
    this.#setup.violated('falsely suspected', `${host} says ${kind}, ${cause}, and nobody stood still`);
  }

  /** The client has looked at the time: by now it knows who is silent. */
  clientTurned(): void {
    if (this.#frozen.size === 0 || this.#late.has('client') || this.#impaired.size > 0) return;
    for (const [node, since] of this.#frozen) {
      if (!this.#up.has(node)) continue;
      const still = this.#now() - Math.max(since, this.#mended);
      // A client that stood still in the meantime forgives others the time that it missed.
      if (still <= this.#patience || since < (this.#thawed.get('client') ?? 0)) continue;
      this.#setup.violated('trusted', `${node} stands still for ${still / 1000} ms, and is not suspected`);
    }
  }

  /** A broker has looked at the time: workers that stand still for long are none of its workers. */
  brokerTurned(name: string, workers: number): void {
    if (this.#frozen.size === 0 || this.#frozen.has(name) || this.#late.has(name)) return;
    if (this.#impaired.size > 0) return;
    const awake = Math.max(this.#thawed.get(name) ?? 0, this.#mended);
    let gone = 0;
    for (const [node, since] of this.#frozen) {
      if (node.startsWith('server') && this.#now() - Math.max(since, awake) > this.#patience) gone++;
    }
    if (gone > 0 && workers > this.#setup.servers - gone) {
      this.#setup.violated(
        'trusted',
        `${name} has ${workers} workers, and ${gone} of ${this.#setup.servers} stand still`,
      );
    }
  }

  #wasAnyFrozen(): boolean {
    const last = Math.max(this.#lastThaw, this.#mended);
    return this.#frozen.size + this.#late.size + this.#impaired.size > 0 || this.#now() - last < 2 * this.#patience;
  }

  get #patience(): Micros {
    const { heartbeatInterval, heartbeatTimeout, latency } = this.#setup;
    return 1.1 * heartbeatTimeout + heartbeatInterval + 2 * latency + slack;
  }
}

/** `server-1` for `tcp://server-1`. */
function nodeOf(endpoint: string): string {
  return endpoint.slice('tcp://'.length);
}

/** One that was slow may still be reading what had gathered. */
const lateReading: Micros = 500_000;
/** Until TCP sends again what it lost in the last moment. */
const lateLink: Micros = 200_000;
/** Timers are late, and a freeze may take hold in the middle of a turn. */
const slack: Micros = 60_000;

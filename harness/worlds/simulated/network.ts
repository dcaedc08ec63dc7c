/** Who listens where, and how connections come about. */
import type { Micros } from '../../../patterns/machine.ts';
import { drawNth, seedFrom } from '../../../patterns/parts/chance.ts';
import { Call } from './call.ts';
import type { EventQueue } from './event-queue.ts';
import { nodeOfLife } from './host.ts';
import { Link } from './link.ts';
import { type Ends, LinkFaults, type LinkFaultsSetup } from './link-faults.ts';
import { LinkProxy } from './link-proxy.ts';
import type { Session } from './session.ts';
import type { SimulatedSocket } from './socket.ts';
import {
  attachLag,
  attachLagShare,
  deathTime,
  departure,
  highWaterMarkDefault,
  kernelBytes,
  passage,
  type Range,
} from './timings.ts';

/** What lies between sockets. */
export interface Ways {
  /** What it takes until a message that was written is the kernel's. */
  readonly departure: Range;
  /** What a message takes from there to the other process. */
  readonly passage: Range;
  /** What a killed process takes to be gone. */
  readonly death: Range;
  /** What the way adds to a message's time, at most. */
  readonly latency: Micros;
  /** How much longer that is for each that is killed, which waits for those that were before. */
  readonly dying: Micros;
  /** For how long on average a process is held up, time and again. */
  readonly holdUp: Micros;
  /** What both kernels' buffers take for a process that reads nothing. */
  readonly bufferBytes: number;
  /** Messages that a pipe holds where its socket names none. */
  readonly highWaterMark: number;
  /** What a proxy adds to a message's time; and the links that have one. */
  readonly proxy: Micros;
  readonly proxied: readonly Ends[];
  /**
   * Whether it is a machine's own (see `isMachine`): TCP's timers are those of a kernel with ticks, and each end of a connection
   * has waits of its own; who listens wakes once for all that call at one moment; who stood still takes as long as any other to
   * hear that a connection has ended meanwhile; and a freeze strikes before a handler's timer is set as well, which then runs
   * from the thaw on.
   */
  readonly isMachine: boolean;
}

export class Network {
  readonly queue: EventQueue;
  readonly ways: Ways;
  readonly faults: LinkFaults;
  readonly #proxy: LinkProxy;
  readonly #seed: number;
  readonly #listeners = new Map<string, SimulatedSocket>();
  readonly #homes = new Map<string, string>();
  /** When the last of those that were killed will be gone. */
  #dyingUntil: Micros = 0;

  constructor(queue: EventQueue, seed: number, ways: Partial<Ways> = {}, faults: Partial<LinkFaultsSetup> = {}) {
    this.faults = new LinkFaults({ seed: seedFrom(seed, 'links'), ...faults });
    this.queue = queue;
    const usual = { bufferBytes: kernelBytes, highWaterMark: highWaterMarkDefault };
    this.ways = {
      departure,
      passage,
      death: deathTime,
      latency: 0,
      dying: 0,
      proxy: 0,
      proxied: [],
      holdUp: 0,
      isMachine: false,
      ...usual,
      ...ways,
    };
    this.#proxy = new LinkProxy(queue, this.ways.proxy);
    this.#seed = seed;
  }

  /** The seed of what belongs to that key, whatever else there is. */
  seedOf(key: string): number {
    return seedFrom(this.#seed, key);
  }

  /** The proxy on the link between those two, where it has one. */
  proxyBetween(one: string, other: string): LinkProxy | undefined {
    const isProxied = this.ways.proxied.some(
      ([from, to]) => (from === one && to === other) || (from === other && to === one),
    );
    return isProxied ? this.#proxy : undefined;
  }

  /** A process was killed: how much longer it takes to be gone. Of several at one time each waits for those before it. */
  dies(): Micros {
    this.#dyingUntil = Math.max(this.#dyingUntil, this.queue.now) + this.ways.dying;
    return this.#dyingUntil - this.queue.now;
  }

  /** False where somebody listens there already. */
  listen(endpoint: string, socket: SimulatedSocket): boolean {
    if (this.#listeners.has(endpoint)) return false;
    this.#listeners.set(endpoint, socket);
    this.#homes.set(endpoint, nodeOfLife(socket.host.name));
    return true;
  }

  unlisten(endpoint: string, socket: SimulatedSocket): void {
    if (this.#listeners.get(endpoint) === socket) this.#listeners.delete(endpoint);
  }

  listenerAt(endpoint: string): SimulatedSocket | undefined {
    return this.#listeners.get(endpoint);
  }

  /** The node that listens there, or last did. */
  homeOf(endpoint: string): string {
    return this.#homes.get(endpoint) ?? 'nobody';
  }

  /** One attempt to connect. */
  attempt(session: Session, seed: number): void {
    new Call(this, session, seed).knock();
  }

  /** Hands are shaken. */
  join(session: Session, listener: SimulatedSocket, seed: number): void {
    const connector = session.begin(listener.spec.routingId);
    const acceptor = listener.accept(session.endpoint, session.routingId);
    const link = new Link(this, seed, connector, acceptor);
    this.faults.follow(link);
    connector.joined(link);
    acceptor.joined(link);
    const isUnseen = drawNth(seed, 1) < attachLagShare && session.isImmediate;
    link.begin(isUnseen ? this.queue.now + Math.floor(attachLag * drawNth(seed, 2)) : 0);
    session.up();
  }
}

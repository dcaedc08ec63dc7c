/** Who listens where, and how connections come about. */
import type { Micros } from '../../../patterns/machine.ts';
import { drawNth, seedFrom } from '../../../patterns/parts/chance.ts';
import type { EventQueue } from './event-queue.ts';
import { type Host, nodeOfLife } from './host.ts';
import { Link } from './link.ts';
import type { Session } from './session.ts';
import type { SimulatedSocket } from './socket.ts';
import { attachLag, attachLagShare, handshake, highWaterMarkDefault, kernelBytes, within } from './timings.ts';

/** What lies between sockets. */
export interface Ways {
  /** What the way adds to a message's time, at most. */
  readonly latency: Micros;
  /** What both kernels' buffers take for a process that reads nothing. */
  readonly bufferBytes: number;
  /** Messages that a pipe holds where its socket names none. */
  readonly highWaterMark: number;
}

export class Network {
  readonly queue: EventQueue;
  readonly ways: Ways;
  readonly #seed: number;
  readonly #listeners = new Map<string, SimulatedSocket>();
  readonly #links = new Set<Link>();
  /** Pairs of nodes between which something is held, once for each hold. */
  readonly #held: (readonly [from: string, to: string])[] = [];
  #waiting: (() => void)[] = [];

  constructor(queue: EventQueue, seed: number, ways: Partial<Ways> = {}) {
    this.queue = queue;
    this.ways = { latency: 0, bufferBytes: kernelBytes, highWaterMark: highWaterMarkDefault, ...ways };
    this.#seed = seed;
  }

  /** The seed of what belongs to that key, whatever else there is. */
  seedOf(key: string): number {
    return seedFrom(this.#seed, key);
  }

  /** False where somebody listens there already. */
  listen(endpoint: string, socket: SimulatedSocket): boolean {
    if (this.#listeners.has(endpoint)) return false;
    this.#listeners.set(endpoint, socket);
    return true;
  }

  unlisten(endpoint: string, socket: SimulatedSocket): void {
    if (this.#listeners.get(endpoint) === socket) this.#listeners.delete(endpoint);
  }

  /** Ends every connection between the two, for both. */
  reset(from: string, to: string): void {
    for (const link of [...this.#links]) if (link.way(from, to) !== undefined) link.reset();
  }

  /**
   * Keeps all that goes from the one to the other, the ends of connections too, until what is returned is called. No new
   * connection comes about meanwhile: it takes both ways.
   */
  hold(from: string, to: string): () => void {
    const held = [from, to] as const;
    this.#held.push(held);
    const flows = [...this.#links].flatMap((link) => link.way(from, to) ?? []);
    for (const flow of flows) flow.hold();
    return () => {
      this.#held.splice(this.#held.indexOf(held), 1);
      for (const flow of flows) flow.release();
      for (const go of this.#waiting.splice(0)) go();
    };
  }

  /** When the next hold ends, whichever. */
  whenReleased(go: () => void): void {
    this.#waiting.push(go);
  }

  /** The link is over. */
  forget(link: Link): void {
    this.#links.delete(link);
  }

  #isHeld(one: Host, other: Host): boolean {
    const [a, b] = [nodeOfLife(one.name), nodeOfLife(other.name)];
    return this.#held.some(([from, to]) => (from === a && to === b) || (from === b && to === a));
  }

  /**
   * One attempt to connect. Nobody listening is known at once. A process that stands still has its kernel accept, but
   * shakes no hands until it runs again.
   */
  attempt(session: Session, seed: number): void {
    const listener = this.#listeners.get(session.endpoint);
    if (listener === undefined) {
      session.refused();
      return;
    }
    const shake = () => {
      if (!session.isWanted) return;
      if (listener.isClosed || this.#listeners.get(session.endpoint) !== listener) session.interrupted();
      else if (listener.host.state !== 'running') listener.host.whenAwake(shakeSoon);
      else if (session.host.state !== 'running') session.host.whenAwake(shakeSoon);
      else if (this.#isHeld(session.host, listener.host)) this.whenReleased(shakeSoon);
      else this.#join(session, listener, seed);
    };
    const time = within(handshake, drawNth(seed, 0)) + Math.floor(2 * this.ways.latency * drawNth(seed, 3));
    const shakeSoon = () => this.queue.at(this.queue.now + time, shake);
    shakeSoon();
  }

  #join(session: Session, listener: SimulatedSocket, seed: number): void {
    const connector = session.begin();
    const acceptor = listener.accept(session.endpoint, session.routingId);
    const link = new Link(this, seed, connector, acceptor);
    this.#links.add(link);
    connector.joined(link);
    acceptor.joined(link);
    const isUnseen = drawNth(seed, 1) < attachLagShare && session.isImmediate;
    link.begin(isUnseen ? this.queue.now + Math.floor(attachLag * drawNth(seed, 2)) : 0);
    session.up();
  }
}

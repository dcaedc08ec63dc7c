/**
 * What keeps a connecting socket connected to one endpoint: it tries again and again, with libzmq's jitter. With
 * `immediate` there is a pipe only while there is a connection; without, the pipe is there from the beginning and stays.
 */
import type { Micros } from '../../../patterns/machine.ts';
import type { Host } from './host.ts';
import type { Link, LinkEnd } from './link.ts';
import { Moments } from './moments.ts';
import type { Network } from './network.ts';
import type { Pipe } from './pipe.ts';
import type { SimulatedSocket } from './socket.ts';

export class Session implements LinkEnd {
  readonly endpoint: string;
  readonly #socket: SimulatedSocket;
  readonly #network: Network;
  readonly #chance: Moments;
  readonly #interval: number;
  #pipe: Pipe | undefined;
  #link: Link | undefined;
  #isClosed = false;

  constructor(socket: SimulatedSocket, endpoint: string, network: Network, key: string) {
    this.endpoint = endpoint;
    this.#socket = socket;
    this.#network = network;
    this.#chance = new Moments(network.queue, network.seedOf(key));
    this.#interval = socket.reconnectInterval;
    if (!this.isImmediate) this.#pipe = this.#socket.attach();
    this.#attempt();
  }

  get host(): Host {
    return this.#socket.host;
  }

  get isImmediate(): boolean {
    return this.#socket.spec.immediate === true;
  }

  get routingId(): Uint8Array | undefined {
    return this.#socket.spec.routingId;
  }

  get pipe(): Pipe {
    return this.#pipe!;
  }

  /** Whether a connection is still to be made. */
  get isWanted(): boolean {
    return !this.#isClosed && this.host.state !== 'dead' && this.#link === undefined;
  }

  /** A connection to a peer of that name is about to begin: there is a pipe from here on. */
  begin(peerName: Uint8Array | undefined): this {
    this.#pipe ??= this.#socket.attach();
    this.#socket.identify(this.#pipe, peerName);
    return this;
  }

  joined(link: Link): void {
    this.#link = link;
  }

  up(): void {
    this.#tell(true);
  }

  /** Nobody listens there, or no longer. */
  refused(): void {
    if (!this.isWanted) return;
    this.#network.queue.at(this.#network.queue.now + this.#wait(), () => this.#attempt());
  }

  #wait(): Micros {
    return this.#interval + Math.floor(this.#interval * this.#chance.draw());
  }

  /** The connection ended before the handshake was done: told as any other end of one. */
  interrupted(): void {
    if (this.host.state === 'paused') {
      this.host.whenAwake(() => this.isWanted && this.interrupted());
      return;
    }
    this.#tell(false);
    this.refused();
  }

  lost(): void {
    this.#link = undefined;
    if (this.#isClosed || this.host.state === 'dead') return;
    if (this.isImmediate) this.#drop();
    this.#tell(false);
    this.refused();
  }

  close(lingers: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#pipe !== undefined) {
      this.#link?.break(this.#pipe, lingers);
      this.#drop();
    }
    this.#link = undefined;
  }

  /** The pipe ends with its connection: what is queued in it, in either direction, is lost. */
  #drop(): void {
    const pipe = this.#pipe!;
    this.#pipe = undefined;
    pipe.end(true);
    this.#socket.detach(pipe);
  }

  #attempt(): void {
    if (!this.isWanted) return;
    if (this.host.state === 'paused') {
      this.host.whenAwake(() => this.#attempt());
      return;
    }
    this.#network.attempt(this, Math.floor(this.#chance.draw() * 2 ** 32));
  }

  #tell(up: boolean): void {
    // The news comes by another way than messages: it may overtake those that wait to be read.
    const isAhead = this.#chance.draw() < 0.5;
    this.host.hear({ kind: 'linked', socket: this.#socket, endpoint: this.endpoint, up }, isAhead);
  }
}

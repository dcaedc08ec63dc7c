/**
 * The peers of a dealing client: those that its list of endpoints names, and those taken off it that still hold
 * something. The latter are given nothing more, and end once they hold nothing.
 */
import type { Effects, SocketId, SocketSpec } from '../machine.ts';
import type { PeerGauges } from '../stats.ts';
import { IdentityPool } from './carrier.ts';
import type { ClientLog } from './client-log.ts';
import { type Heartbeats, Peer } from './peer.ts';

export interface PeersSetup {
  readonly endpoints: readonly string[];
  /** So many sockets more for each peer, to carry one transaction each; 0 where the peer's own carries all. */
  readonly identities: number;
  readonly socket: SocketSpec;
  readonly heartbeats: Heartbeats;
}

export class Peers {
  readonly #effects: Effects;
  readonly #log: ClientLog;
  readonly #setup: PeersSetup;
  readonly #bySocket = new Map<SocketId, Peer>();
  #all: Peer[] = [];
  #leaving: Peer[] = [];

  constructor(effects: Effects, log: ClientLog, setup: PeersSetup) {
    this.#effects = effects;
    this.#log = log;
    this.#setup = setup;
    this.become(setup.endpoints);
  }

  /** All that are connected to, those that leave among them. */
  get all(): readonly Peer[] {
    return this.#all;
  }

  get leaving(): readonly Peer[] {
    return this.#leaving;
  }

  /** How many can take a transaction. */
  get available(): number {
    return this.#all.filter((peer) => peer.state === 'ready' && peer.able && !peer.leaving).length;
  }

  /** How those stand that the list names. */
  gauges(): PeerGauges {
    const listed = this.#all.filter((peer) => !peer.leaving);
    const peersReady = this.available;
    const peersSuspect = listed.filter((peer) => peer.state === 'suspect').length;
    return { peersReady, peersSuspect, peersDown: listed.length - peersReady - peersSuspect };
  }

  at(socket: SocketId): Peer | undefined {
    return this.#bySocket.get(socket);
  }

  /** Opens what is new in the list; what is no longer in it begins to leave, and one that leaves may come back. */
  become(endpoints: readonly string[]): void {
    const known = new Map(this.#all.map((peer) => [peer.endpoint, peer]));
    for (const peer of this.#all) peer.leaving = !endpoints.includes(peer.endpoint);
    for (const endpoint of endpoints) if (!known.has(endpoint)) this.#all.push(this.#open(endpoint));
    this.#leaving = this.#all.filter((peer) => peer.leaving);
  }

  /** The end of one that was leaving. Its index may go to another: nothing may name it any more. */
  end(peer: Peer): void {
    this.#all = this.#all.filter((one) => one !== peer);
    this.#leaving = this.#leaving.filter((one) => one !== peer);
    peer.end();
    for (const [socket, owner] of this.#bySocket) if (owner === peer) this.#close(socket);
  }

  #open(endpoint: string): Peer {
    const { identities, socket: spec, heartbeats } = this.#setup;
    const socket = this.#effects.open(spec);
    const peer = new Peer(this.#freeIndex(), endpoint, socket, this.#effects, heartbeats, this.#log);
    this.#connect(socket, peer);
    if (identities > 0) {
      const open = () => this.#connect(this.#effects.open(spec), peer);
      peer.carrier = new IdentityPool(identities, { open, close: (one) => this.#close(one) });
    }
    return peer;
  }

  #connect(socket: SocketId, peer: Peer): SocketId {
    this.#bySocket.set(socket, peer);
    this.#effects.connect(socket, peer.endpoint);
    return socket;
  }

  #close(socket: SocketId): void {
    this.#bySocket.delete(socket);
    this.#effects.close(socket);
  }

  #freeIndex(): number {
    const taken = new Set(this.#all.map(({ index }) => index));
    let index = 0;
    while (taken.has(index)) index++;
    return index;
  }
}

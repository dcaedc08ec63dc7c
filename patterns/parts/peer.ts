/**
 * One server (or broker) as its client sees it. Connection events say in milliseconds that it is gone; heartbeats are
 * for those that freeze with their connection up.
 *
 *     down -> greeting -> ready <-> suspect        and from everywhere -> down
 */
import type { Effects, Micros, Slot, SocketId } from '../machine.ts';
import { type Carrier, OneSocket } from './carrier.ts';
import type { ClientLog } from './client-log.ts';
import { driftWithin } from './clocks.ts';

export type PeerState = 'down' | 'greeting' | 'ready' | 'suspect';

export interface Heartbeats {
  readonly interval: Micros;
  readonly timeout: Micros;
}

/**
 * What every attempt carries of its session's lease: until when, by the server's own clock, it may begin. Heartbeats
 * extend it for all attempts of its epoch. An incarnation of 0 says that there is no lease.
 */
export interface Grant {
  readonly epoch: number;
  readonly until: Micros;
  readonly incarnation: number;
}

/** A server's answer to a heartbeat: its clock as it answered, and which of its lives it is. */
export interface ServerClock {
  readonly now: Micros;
  readonly incarnation: number;
}

export class Peer {
  readonly index: number;
  readonly endpoint: string;
  /** Its own, by which heartbeats go and whose connection is the peer's. */
  readonly socket: SocketId;
  /** By which sockets its transactions go. */
  carrier: Carrier;
  readonly #effects: Effects;
  readonly #heartbeats: Heartbeats;
  readonly #log: ClientLog;
  #state: PeerState = 'down';
  /** Says of itself that it can serve: false for a broker without a worker for the service. */
  able = true;
  /** No longer in the client's list: it is given nothing more. */
  leaving = false;
  /** What it held when it was suspected, and may still be holding: that counts towards its window. */
  withheld = 0;
  /** Of what it was dealt in this turn, which is the end of what it holds, the first; -1 where that is nothing. */
  firstUnsent: Slot = -1;
  /** Not asked before then: it has just turned something away, or had no room. */
  restUntil: Micros = 0;
  #rests = 0;
  /** When the next heartbeat is to leave, and when the silence after one becomes suspicion. */
  #pingAt: Micros = NEVER;
  #suspectAt: Micros = NEVER;
  #suspectedAt: Micros = NEVER;
  #grant: Grant = noLease;
  /** When it last gave a sign of life, its connection included. */
  #heardAt: Micros = 0;

  constructor(
    index: number,
    endpoint: string,
    socket: SocketId,
    effects: Effects,
    heartbeats: Heartbeats,
    log: ClientLog,
  ) {
    this.index = index;
    this.endpoint = endpoint;
    this.socket = socket;
    this.carrier = new OneSocket(socket);
    this.#effects = effects;
    this.#heartbeats = heartbeats;
    this.#log = log;
  }

  get state(): PeerState {
    return this.#state;
  }

  get deadline(): Micros {
    return Math.min(this.#pingAt, this.#suspectAt);
  }

  get grant(): Grant {
    return this.#grant;
  }

  becomeGreeting(now: Micros): void {
    this.#become('greeting', ['down']);
    this.#heardAt = now;
    this.#grant = { ...noLease, epoch: this.#grant.epoch + 1 };
    this.#pingAt = now;
  }

  becomeReady(now: Micros): void {
    const wasSuspect = this.#state === 'suspect';
    this.#become('ready', ['greeting', 'suspect']);
    this.#log.peerUp(this.endpoint, wasSuspect ? (now - this.#suspectedAt) / 1000 : undefined);
  }

  becomeSuspect(now: Micros): void {
    this.#become('suspect', ['greeting', 'ready']);
    this.#suspectAt = NEVER;
    this.#suspectedAt = now;
    // What it holds is dealt out again: nothing that it is told from now on may extend those attempts.
    this.#grant = { ...this.#grant, epoch: this.#grant.epoch + 1 };
    this.#log.peerDown(this.endpoint, 'silence', this.#silentMs(now));
  }

  becomeDown(now: Micros): void {
    if (this.#state === 'down') return;
    this.#become('down', ['greeting', 'ready', 'suspect']);
    this.#pingAt = NEVER;
    this.#suspectAt = NEVER;
    this.restUntil = 0;
    this.#log.peerDown(this.endpoint, 'disconnect', this.#silentMs(now));
  }

  /** The client's own doing: nothing more is expected of it. */
  end(): void {
    if (this.#state === 'ready') this.#log.peerDown(this.endpoint, 'removed');
  }

  /**
   * It answered a heartbeat. What is sent until the next answer may begin for one timeout from its clock's reading, which
   * by ours ends no later than one timeout from now; so that is how long it is trusted, and a margin for clocks that drift.
   */
  granted(now: Micros, clock: ServerClock): void {
    const { interval, timeout } = this.#heartbeats;
    const { incarnation } = clock;
    this.#grant = { epoch: this.#grant.epoch, until: clock.now + timeout, incarnation };
    this.#suspectAt = now + timeout + driftWithin(timeout);
    this.#pingAt = now + interval;
  }

  /** Any message is a sign of life, and puts the next heartbeat off; but only an answered heartbeat extends a lease. */
  heard(now: Micros): void {
    this.#heardAt = now;
    if (this.#state === 'down' || this.#grant.incarnation !== 0) return;
    this.#suspectAt = NEVER;
    this.#pingAt = now + this.#heartbeats.interval;
  }

  /** Whether a heartbeat is to leave now; the answer, or any other message, is expected within the timeout. */
  pingDue(now: Micros): boolean {
    if (now < this.#pingAt) return false;
    this.#pingAt = now + this.#heartbeats.interval;
    if (this.#suspectAt === NEVER && this.#state !== 'suspect') this.#suspectAt = now + this.#heartbeats.timeout;
    return true;
  }

  /** Right after a handshake libzmq may not have seen its own new pipe: ask again in a moment. */
  pingUnsent(now: Micros): void {
    if (this.#state !== 'down') this.#pingAt = now + unsentPause;
  }

  suspicionDue(now: Micros): boolean {
    return now >= this.#suspectAt;
  }

  /** This process itself stood still for so long: silence in that time was ours, not the peer's. */
  forgive(stalled: Micros): void {
    if (this.#suspectAt !== NEVER) this.#suspectAt += stalled;
  }

  /** Leave it alone for a while, twice as long each time in a row, with jitter. */
  rest(now: Micros): void {
    const longest = Math.min(restMin * 2 ** this.#rests++, restMax);
    const drawn = this.#effects.draw(`rest:${this.endpoint}:${this.#rests}`);
    this.restUntil = now + Math.round(longest * (0.5 + drawn / 2));
  }

  /**
   * How much longer a queue one accepts elsewhere before asking this peer; Infinity for not at all. Only what is new may be
   * tried on one that is suspected.
   */
  hesitation(isNew: boolean): number {
    if (this.leaving) return NEVER;
    if (this.#state === 'ready') return this.able ? 0 : unableCost;
    if (this.#state === 'suspect' && isNew) return suspectCost;
    return NEVER;
  }

  /** It served: the next rest is a short one again. */
  served(): void {
    this.#rests = 0;
  }

  #silentMs(now: Micros): number {
    return (now - this.#heardAt) / 1000;
  }

  #become(next: PeerState, from: readonly PeerState[]): void {
    if (!from.includes(this.#state)) throw new Error(`invalid transition [${this.#state} -> ${next}]`);
    this.#state = next;
  }
}

const NEVER = Number.POSITIVE_INFINITY;
const noLease: Grant = { epoch: 0, until: 0, incarnation: 0 };
const unsentPause = 2_000;
const restMin = 20_000;
const restMax = 1_000_000;
const unableCost = 1e9;
const suspectCost = 1e12;

/**
 * A worker's conversation with one broker: one DEALER, registered by READY. Whenever the broker is gone or silent it closes
 * that socket and begins again on a new one, as W3 and W4 ask.
 *
 *     closed -> connecting -> registered -> closed        and, where it is given up for good, -> left
 *
 * Who the broker is shows after READY. One of our make answers at once with its terms: so many requests at a time, and
 * its rhythm. Any other is `plain`: one request at a time (W6), and the RFC's rhythm.
 */
import type { Effects, Frames, Micros, SocketId, Token } from '../machine.ts';
import { driftWithin } from '../parts/clocks.ts';
import type { Lease } from '../parts/leases.ts';
import type { ServerCounters } from '../stats.ts';
import { encodeTerms, type Terms, workerId } from './credit.ts';
import type { Mdp } from './mdp.ts';

type State = 'closed' | 'connecting' | 'registered' | 'left';
type Broker = 'unknown' | 'ours' | 'plain';

export interface ConversationSetup {
  readonly endpoint: string;
  /** Tells it from the others, in its draws. */
  readonly lane: number;
  /** Requests that it may have at once, where the broker is ours. */
  readonly credit: number;
  readonly mdp: Mdp;
  readonly service: Uint8Array;
  readonly incarnation: number;
  readonly interval: Micros;
  readonly timeout: Micros;
  readonly plainInterval: Micros;
  readonly plainTimeout: Micros;
  /** Whether it starts anew when it was silent itself. */
  readonly leases: boolean;
  readonly reconnectMs: number;
  readonly maxMessageBytes: number;
  /** A number that no other socket of this server has. */
  nextSerial(): number;
  /** A socket counts no more: nothing is sent there, and what it brings is not heard. */
  forgotten(socket: SocketId): void;
  readonly counters: ServerCounters;
}

export class Conversation {
  readonly #setup: ConversationSetup;
  readonly #effects: Effects;
  #socket: SocketId = NONE;
  /** A socket that has said its last word, and stays open for it to leave. */
  #lastSocket: SocketId = NONE;
  #state: State = 'closed';
  #broker: Broker = 'unknown';
  #lease: Lease = lapsed();
  /** Requests that are unanswered here. */
  requests = 0;
  /** It takes no more requests; once the broker knows and all are answered it goes for good. */
  #isLeaving = false;
  #isReleased = false;
  /** How often it failed in a row, which is what the next wait grows by. */
  #failures = 0;
  #interval: Micros = 0;
  /** After how much of the broker's silence it is taken for lost, and after how much of ours it takes us for lost. */
  #silence: Micros = 0;
  #leaseTime: Micros = 0;
  #spokeAt: Micros = 0;
  /** When READY left, and the latest of ours that the broker has said it heard, where it says so. */
  #beganAt: Micros = 0;
  #acknowledged: Micros | undefined;
  /** Until when a broker that hears all that is said counts on this worker. */
  #aliveUntil: Micros = 0;
  /** A sign of life that has certainly left, and one that will have when another follows it in time. */
  #firmAt: Micros = 0;
  #markAt: Micros = 0;
  #reopenAt: Micros = NEVER;
  #expiryAt: Micros = NEVER;
  #heartbeatAt: Micros = NEVER;
  /** When READY is to leave; it has left when this is NEVER. */
  #readyAt: Micros = NEVER;
  /** When a broker that has not said who it is is taken for a plain one. */
  #plainAt: Micros = NEVER;
  /** When a socket that has said its last word closes. */
  #closeAt: Micros = NEVER;

  constructor(setup: ConversationSetup, effects: Effects) {
    this.#setup = setup;
    this.#effects = effects;
  }

  get endpoint(): string {
    return this.#setup.endpoint;
  }

  get socket(): SocketId {
    return this.#socket;
  }

  get hasSocket(): boolean {
    return this.#socket !== NONE;
  }

  get isRegistered(): boolean {
    return this.#state === 'registered';
  }

  /** It has gone for good, or never came. */
  get isOver(): boolean {
    return this.#state === 'left' || (this.#isLeaving && this.#state === 'closed');
  }

  get broker(): Broker {
    return this.#broker;
  }

  /**
   * Until when the broker can't have given this worker's requests to others: it waits for so long after what it last heard,
   * which one of ours says; of any other it is taken to be what was last said. One for all requests of a registration, since
   * it gives up the worker and not the request; and a new one for the next, so that what belonged to an earlier one stays lapsed.
   */
  get lease(): Lease {
    return this.#lease;
  }

  get deadline(): Micros {
    const next = Math.min(this.#expiryAt, this.#heartbeatAt, this.#readyAt, this.#plainAt, this.#closeAt);
    return Math.min(next, this.reopenAt);
  }

  /** When it wants to be opened again. */
  get reopenAt(): Micros {
    return this.#isLeaving ? NEVER : this.#reopenAt;
  }

  open(): SocketId {
    const { credit, incarnation, endpoint, reconnectMs, maxMessageBytes } = this.#setup;
    this.#closeLast();
    const serial = this.#setup.nextSerial();
    const salt = Math.floor(this.#effects.draw(`worker:${serial}`) * 0x10000);
    const routingId = workerId(credit, incarnation, serial, salt);
    this.#state = 'connecting';
    this.#reopenAt = NEVER;
    this.#socket = this.#effects.open({ type: 'dealer', immediate: true, reconnectMs, maxMessageBytes, routingId });
    this.#effects.connect(this.#socket, endpoint);
    return this.#socket;
  }

  /** The connection is up: READY is due. Not on a socket that has said it before. */
  becomeRegistered(now: Micros): void {
    const { interval, timeout, plainTimeout } = this.#setup;
    this.#become('registered', ['connecting']);
    this.#broker = 'unknown';
    this.#isReleased = false;
    this.requests = 0;
    this.#lease = { epoch: 0, until: now };
    this.#acknowledged = undefined;
    this.#beginsAt(now);
    this.#keep(interval, Math.max(timeout, plainTimeout), timeout);
    this.#expiryAt = now + this.#silence;
    this.#setup.counters.brokersUp++;
    this.#readyAt = now;
    this.#plainAt = now + timeout;
    this.#effects.note?.({ kind: 'registered', broker: this.endpoint });
  }

  /** It closes, and begins again after a while, longer each time in a row, with jitter. */
  becomeClosed(now: Micros, cause: string): void {
    this.#effects.close(this.#socket);
    this.#forgetSocket(now, cause);
  }

  /** Says that it goes, and comes again as another worker. */
  becomeAnother(now: Micros, cause: string): void {
    this.#sayGoodbye(now);
    this.#lastSocket = this.#socket;
    this.#forgetSocket(now, cause);
  }

  /** Gives up its credit and goes once nothing is unanswered. A broker that knows nothing of credit is left when that is so. */
  leave(now: Micros): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    if (this.#state === 'connecting') this.becomeClosed(now, 'leaving');
    else if (this.#state === 'registered' && this.#broker === 'ours') this.#beat(now);
    this.leaveIfDone(now);
  }

  leaveIfDone(now: Micros): void {
    const mayGo = this.#isLeaving && this.#state === 'registered' && this.requests === 0;
    if (!mayGo || (this.#broker === 'ours' && !this.#isReleased)) return;
    if (this.#readyAt === NEVER) this.#sayGoodbye(now);
    this.#become('left', ['registered']);
    this.#expiryAt = NEVER;
    this.#heartbeatAt = NEVER;
    this.#readyAt = NEVER;
    this.#plainAt = NEVER;
    this.#closeAt = now + lastWordTime;
  }

  /** Any message is a sign of life. One without terms, and first, is a plain broker's. */
  heard(now: Micros, terms: Terms | undefined): void {
    this.#failures = 0;
    if (terms !== undefined) this.#receivedTerms(now, terms);
    else if (this.#broker === 'unknown') this.#becomePlain();
    this.#expiryAt = now + this.#silence;
  }

  /** This process itself stood still for so long that the broker may have given its work away: it starts anew. */
  wasSilent(now: Micros): boolean {
    if (!this.#setup.leases || this.#state !== 'registered') return false;
    // A freeze may have taken along what was said last, as libzmq's thread had not sent it.
    if (this.#isLate(now)) this.#aliveUntil = Math.min(this.#aliveUntil, this.#leaseFrom(this.#firmAt));
    if (now <= this.#aliveUntil) {
      this.#renewLease();
      return false;
    }
    this.becomeClosed(now, 'own silence');
    return true;
  }

  forgive(stalled: Micros): void {
    this.#expiryAt += stalled;
  }

  /** READY came back: right after a handshake libzmq may not have seen its own new pipe. */
  readyUnsent(now: Micros): void {
    if (this.#state === 'registered') this.#readyAt = now + unsentPause;
  }

  /** Does what its deadlines ask for, except to open anew. */
  tick(now: Micros): void {
    if (this.#state === 'left' && now >= this.#closeAt) this.#closeForGood();
    if (this.#state !== 'registered' || this.wasSilent(now)) return;
    if (now >= this.#expiryAt) {
      this.becomeClosed(now, 'silence');
      return;
    }
    if (now >= this.#plainAt && this.#broker === 'unknown') this.#becomePlain();
    if (now >= this.#readyAt) this.#sendReady(now);
    else if (now >= this.#heartbeatAt) this.#beat(now);
  }

  /** Something is said to the broker, whatever it is: that is as good as a heartbeat. */
  spoke(now: Micros): void {
    const wasLate = this.#isLate(now);
    if (wasLate || now - this.#markAt >= departureTime) {
      if (!wasLate) this.#firmAt = this.#markAt;
      this.#markAt = now;
    }
    this.#spokeAt = now;
    // Only heartbeats are acknowledged: where they are, they keep their own time.
    if (this.#acknowledged === undefined) this.#heartbeatAt = now + this.#interval;
    this.#aliveUntil = this.#leaseFrom(now);
    this.#renewLease();
  }

  #renewLease(): void {
    const heard = this.#acknowledged === undefined ? NEVER : this.#leaseFrom(this.#acknowledged);
    this.#lease.until = Math.min(this.#aliveUntil, heard);
  }

  /** Not even a heartbeat left when it was due: this process stood still. */
  #isLate(now: Micros): boolean {
    return now > this.#heartbeatAt + departureTime;
  }

  #leaseFrom(sign: Micros): Micros {
    return sign + this.#leaseTime - driftWithin(this.#leaseTime);
  }

  /** READY: before it has come nobody takes us for lost. */
  #beginsAt(now: Micros): void {
    this.#beganAt = now;
    this.#spokeAt = now;
    this.#firmAt = now;
    this.#markAt = now;
  }

  #say(now: Micros, frames: Frames): void {
    this.spoke(now);
    this.#effects.send(this.#socket, frames);
  }

  /** From here on this is the rhythm, counted from what was said last. It is never too slow for the lease to live by it. */
  #keep(interval: Micros, silence: Micros, leaseTime: Micros): void {
    this.#interval = Math.max(rhythmMin, Math.min(interval, Math.floor(leaseTime / 3)));
    this.#silence = silence;
    this.#leaseTime = leaseTime;
    this.spoke(this.#spokeAt);
  }

  #sendReady(now: Micros): void {
    this.#readyAt = NEVER;
    this.#beginsAt(now);
    this.spoke(now);
    this.#effects.send(this.#socket, this.#setup.mdp.fromWorker.ready(this.#setup.service), READY);
  }

  #receivedTerms(now: Micros, terms: Terms): void {
    const { interval, timeout } = this.#setup;
    this.#broker = 'ours';
    this.#plainAt = NEVER;
    this.#keep(Math.min(interval, terms.interval), Math.max(timeout, 3 * terms.interval), terms.timeout);
    if (terms.saidAt !== undefined) this.#wasHeard(terms.saidAt === 0 ? this.#beganAt : terms.saidAt);
    this.#isReleased = terms.credit === 0;
    if (this.#isLeaving && !this.#isReleased) this.#beat(now);
  }

  #becomePlain(): void {
    const { plainInterval, plainTimeout } = this.#setup;
    this.#broker = 'plain';
    this.#plainAt = NEVER;
    this.#keep(plainInterval, plainTimeout, plainTimeout);
  }

  /** The broker heard what was said then, and so has counted on this worker since. */
  #wasHeard(saidAt: Micros): void {
    if (this.#acknowledged === undefined) this.#heartbeatAt = this.#beganAt + this.#interval;
    this.#acknowledged = Math.max(this.#acknowledged ?? this.#beganAt, Math.min(saidAt, this.#spokeAt));
    this.#renewLease();
  }

  /** A heartbeat; one of ours is told of our credit, which is none once we leave, and answers. */
  #beat(now: Micros): void {
    this.#say(now, this.#setup.mdp.fromWorker.heartbeat(this.#terms(now)));
    if (this.#acknowledged !== undefined) this.#heartbeatAt = now + this.#interval;
  }

  #terms(now: Micros): Uint8Array | undefined {
    const terms = {
      credit: this.#isLeaving ? 0 : this.#setup.credit,
      interval: this.#interval,
      timeout: this.#leaseTime,
    };
    if (this.#acknowledged !== undefined) return encodeTerms({ ...terms, saidAt: now });
    return this.#broker === 'ours' && this.#isLeaving ? encodeTerms(terms) : undefined;
  }

  #sayGoodbye(now: Micros): void {
    this.#say(now, this.#setup.mdp.fromWorker.disconnect());
  }

  #forgetSocket(now: Micros, cause: string): void {
    const { reconnectMs, lane } = this.#setup;
    this.#setup.forgotten(this.#socket);
    this.#lease.until = Number.NEGATIVE_INFINITY;
    const longest = Math.min(reconnectMs * 1000 * 2 ** this.#failures++, waitMax);
    const drawn = this.#effects.draw(`reopen:${lane}:${this.#failures}`);
    if (this.#state === 'registered') this.#setup.counters.brokersLost++;
    this.#become('closed', ['connecting', 'registered']);
    this.#effects.note?.({ kind: 'broker-lost', broker: this.endpoint, cause });
    this.#socket = NONE;
    this.requests = 0;
    this.#reopenAt = now + Math.round(longest * (0.5 + drawn / 2));
    this.#expiryAt = NEVER;
    this.#heartbeatAt = NEVER;
    this.#readyAt = NEVER;
    this.#plainAt = NEVER;
  }

  #closeForGood(): void {
    this.#closeLast();
    this.#effects.close(this.#socket);
    this.#setup.forgotten(this.#socket);
    this.#socket = NONE;
    this.#closeAt = NEVER;
  }

  #closeLast(): void {
    if (this.#lastSocket !== NONE) this.#effects.close(this.#lastSocket);
    this.#lastSocket = NONE;
  }

  #become(next: State, from: readonly State[]): void {
    if (!from.includes(this.#state)) throw new Error(`invalid transition [${this.#state} -> ${next}]`);
    this.#state = next;
  }
}

/** Names the send of READY. */
export const READY: Token = 1;

function lapsed(): Lease {
  return { epoch: 0, until: Number.NEGATIVE_INFINITY };
}

const NONE: SocketId = -1;
const NEVER = Number.POSITIVE_INFINITY;
const unsentPause: Micros = 2_000;
/** What was said so long ago has left, where nobody stood still meanwhile; and timers may be so late. */
export const departureTime: Micros = 5_000;
const lastWordTime: Micros = 50_000;
/** No broker makes us send more often. */
const rhythmMin: Micros = 1_000;
/** The longest wait before a broker is tried again, however often it failed. */
const waitMax: Micros = 2_000_000;

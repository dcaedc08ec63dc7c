/**
 * The client of Brokerless REQ. Each lane is a REQ socket in lock-step: it sends, then waits for the reply. Which server
 * got the request is libzmq's choice, and it does not say; so there is nothing to fail over from, and `retry` can only
 * send again when an answer is overdue.
 */
import type { ClientMachine, Effects, Frames, LinkCause, Micros, Order, Slot, SocketId, Token } from '../machine.ts';
import { joined } from '../parts/bytes.ts';
import { ClientLog } from '../parts/client-log.ts';
import { type Envelope, emptyEnvelope, Kind, serviceOnWire } from '../parts/envelope.ts';
import { Pending } from '../parts/pending.ts';
import { frameLimit } from '../parts/router-server.ts';
import type { Values } from '../parts/settings.ts';
import { SlotLists } from '../parts/slot-lists.ts';
import type { ClientSetup } from '../pattern.ts';
import type { ClientCounters, ClientGauges } from '../stats.ts';
import type { brokerlessReqSettings } from './settings.ts';
import { envelopes, plain, type ReqWire } from './wire.ts';

/** One REQ socket: idle, or waiting for the reply to what it sent. */
interface Lane {
  socket: SocketId;
  /** What its socket is connected to, or bound to, and the connections that are up, by endpoint. */
  readonly endpoints: Set<string>;
  readonly up: Map<string, number>;
  /** Some of them are no longer in the list. */
  stale: boolean;
  /** The transaction it carries; -1 where that has settled, or there is none. */
  slot: Slot;
  /** Sent, and no reply yet: in lock-step it can't send again. Nothing but a reply ends it, settled or not. */
  busy: boolean;
  /** Names its latest send. */
  token: Token;
  /** When what it carries is sent again. */
  retryAt: Micros;
  /** Not tried before then: its last send found no room. */
  blockedUntil: Micros;
}

export function brokerlessReqClient(setup: ClientSetup<typeof brokerlessReqSettings>, effects: Effects): ClientMachine {
  return new BrokerlessReqClient(setup, effects);
}

class BrokerlessReqClient implements ClientMachine {
  readonly #effects: Effects;
  readonly #setup: ClientSetup<typeof brokerlessReqSettings>;
  readonly #settings: Values<typeof brokerlessReqSettings>;
  readonly #wire: ReqWire;
  readonly #pending: Pending;
  readonly #log: ClientLog;
  readonly #waiting = new SlotLists();
  readonly #lanes: Lane[];
  readonly #bySocket = new Map<SocketId, Lane>();
  #endpoints: ReadonlySet<string>;
  readonly #laneOf: (Lane | undefined)[] = [];
  readonly #envelope: Envelope = emptyEnvelope();
  #draining = false;
  #deadline: Micros = NEVER;

  constructor(setup: ClientSetup<typeof brokerlessReqSettings>, effects: Effects) {
    this.#effects = effects;
    this.#setup = setup;
    this.#settings = setup.settings;
    this.#wire = setup.settings.wire === 'plain' ? plain : envelopes;
    this.#log = new ClientLog(effects);
    this.#pending = new Pending(effects, this.#settings.pendingLimit, setup.firstSequence);
    this.#endpoints = new Set(setup.endpoints);
    this.#lanes = Array.from({ length: this.#settings.slots }, (_, index) => this.#newLane(setup.bind[index]));
  }

  get deadline(): Micros {
    return Math.min(this.#deadline, this.#pending.deadline);
  }

  /** Servers that every lane has a connection with: a REQ's round robin takes no account of fewer. */
  get available(): number {
    return Math.min(...this.#lanes.map((lane) => this.#serversOf(lane)));
  }

  get pending(): number {
    return this.#pending.size;
  }

  get drained(): boolean {
    return this.#draining && this.#pending.size === 0;
  }

  sequenceOf(slot: Slot): number {
    return this.#pending.sequence(slot);
  }

  transact(_now: Micros, order: Order): Slot {
    const slot = this.#pending.open(order);
    if (slot >= 0) {
      this.#laneOf[slot] = undefined;
      this.#waiting.append(WAITING, slot);
    }
    return slot;
  }

  abandon(_now: Micros, slot: Slot): void {
    if (!this.#pending.isOpen(slot)) return;
    this.#letGo(slot);
    this.#pending.settleAbandoned(slot);
  }

  /** New ones are connected to at once. What is gone is let go by each lane once nobody waits for its reply: see `flush`. */
  endpoints(_now: Micros, list: readonly string[]): void {
    this.#endpoints = new Set(list);
    for (const lane of this.#lanes) {
      for (const endpoint of list) this.#connect(lane, endpoint);
      lane.stale = lane.endpoints.size > list.length;
    }
  }

  drain(): void {
    this.#draining = true;
  }

  stats(): ClientCounters & ClientGauges {
    const peersReady = this.available;
    return {
      ...this.#log.counters,
      waiting: this.#waiting.length(WAITING),
      peersReady,
      peersSuspect: 0,
      // Which servers there should be, only those that connect to them know.
      peersDown: Math.max(0, this.#endpoints.size - peersReady),
    };
  }

  received(now: Micros, socket: SocketId, frames: Frames): void {
    const lane = this.#bySocket.get(socket);
    if (lane === undefined) return;
    const { slot } = lane;
    this.#becomeIdle(lane);
    this.#receivedAnswer(now, slot, joined(frames));
  }

  /** What one message holds: an answer, or all parts of one. */
  #receivedAnswer(now: Micros, slot: Slot, body: Uint8Array): void {
    const envelope = this.#envelope;
    envelope.client = this.#setup.clientId;
    envelope.slot = slot;
    envelope.sequence = slot < 0 ? 0 : this.#pending.sequence(slot);
    let offset = 0;
    do {
      offset = this.#wire.read(body, offset, envelope);
      if (offset < 0) {
        this.#log.malformed();
        return;
      }
      const { sequence } = envelope;
      const isOurs = envelope.client === this.#setup.clientId && envelope.slot === slot;
      if (!isOurs || slot < 0 || !this.#pending.has(slot, sequence)) {
        this.#log.repliedLate(envelope);
        return;
      }
      this.#answered(now, slot, envelope);
    } while (offset < body.length);
  }

  unsent(now: Micros, socket: SocketId, token: Token): void {
    const lane = this.#bySocket.get(socket);
    if (lane === undefined || lane.token !== token || !lane.busy) return;
    const { slot } = lane;
    this.#becomeIdle(lane);
    this.#log.counters.attemptsUnsent++;
    // Its transaction may have been given up in the meantime; the lane is free all the same.
    if (slot < 0) return;
    this.#laneOf[slot] = undefined;
    this.#pending.returned(slot);
    lane.blockedUntil = now + blockedFor;
    if (this.#settings.immediate) this.#waiting.prepend(WAITING, slot);
    else this.#pending.settleLate(slot);
  }

  linked(_now: Micros, socket: SocketId, endpoint: string, up: boolean, _cause: LinkCause): void {
    const lane = this.#bySocket.get(socket);
    if (lane === undefined || !lane.endpoints.has(endpoint)) return;
    const before = this.#upCount(endpoint);
    if (up) {
      lane.up.set(endpoint, (lane.up.get(endpoint) ?? 0) + 1);
      lane.blockedUntil = 0;
    } else {
      const left = (lane.up.get(endpoint) ?? 0) - 1;
      if (left > 0) lane.up.set(endpoint, left);
      else lane.up.delete(endpoint);
    }
    const after = this.#upCount(endpoint);
    if (after > before) this.#log.peerUp(endpoint);
    else if (after < before) this.#log.peerDown(endpoint, 'disconnect');
  }

  failed(): void {
    // A connecting socket fails only by staying down.
  }

  expired(now: Micros): void {
    for (let slot = this.#pending.due(now); slot >= 0; slot = this.#pending.due(now)) {
      this.#letGo(slot);
      this.#pending.settleLate(slot);
    }
  }

  flush(now: Micros): void {
    for (const lane of this.#lanes) {
      const again = lane.busy && now >= lane.retryAt ? lane.slot : -1;
      if (lane.stale && (lane.slot < 0 || again >= 0)) this.#reopen(now, lane);
      if (again >= 0) this.#send(now, lane, again);
      if (lane.busy || now < lane.blockedUntil || this.#isCutOff(lane)) continue;
      const slot = this.#takeWaiting(now);
      if (slot >= 0) this.#send(now, lane, slot);
    }
    this.#deadline = this.#nextDeadline(now);
  }

  /** The next to be sent, or -1. Where very many are due at once some are still to be settled: nobody need be asked. */
  #takeWaiting(now: Micros): Slot {
    for (;;) {
      const slot = this.#waiting.first(WAITING);
      if (slot < 0) return slot;
      this.#waiting.remove(slot);
      if (this.#pending.remaining(slot, now) > 0) return slot;
    }
  }

  /** Where only connections that are up are queued to and there is none, a send comes back for certain, and costs an error. */
  #isCutOff(lane: Lane): boolean {
    return this.#settings.immediate && lane.up.size === 0;
  }

  #send(now: Micros, lane: Lane, slot: Slot): void {
    const { clientId, service } = this.#setup;
    this.#pending.attempted(slot);
    this.#laneOf[slot] = lane;
    lane.slot = slot;
    lane.busy = true;
    const again = this.#settings.retry && this.#pending.delivery(slot) === 'at-least-once';
    lane.retryAt = again ? now + this.#settings.retryMs * 1000 : NEVER;
    const sequence = this.#pending.sequence(slot);
    const attempt = this.#pending.attempt(slot);
    this.#log.attempted(sequence, attempt);
    const frames = this.#wire.request({
      ...emptyEnvelope(),
      kind: Kind.request,
      delivery: this.#pending.delivery(slot),
      attempt,
      client: clientId,
      slot,
      sequence,
      leaseUntil: again && this.#settings.leases ? this.#settings.retryMs * leaseShare : 0,
      remaining: this.#pending.remaining(slot, now),
      service: serviceOnWire(service),
      payload: this.#pending.request(slot),
    });
    this.#effects.send(lane.socket, frames, ++lane.token);
  }

  #answered(now: Micros, slot: Slot, envelope: Envelope): void {
    this.#laneOf[slot] = undefined;
    if (envelope.kind === Kind.partial) this.#pending.takePart(slot, envelope);
    else if (envelope.kind === Kind.reply && this.#pending.completes(slot, envelope))
      this.#pending.commit(slot, envelope);
    else if (envelope.kind === Kind.rejected)
      this.#pending.settle(slot, this.#pending.rejection(slot, now), envelope.payload);
    else if (envelope.kind === Kind.request) this.#pending.settle(slot, 'echoed');
    else if (envelope.kind === Kind.notExecuted) this.#turnedAway(now, slot, envelope);
  }

  /** Not executed there, for certain. `retry` asks again; the others have only the one try. */
  #turnedAway(now: Micros, slot: Slot, envelope: Envelope): void {
    this.#pending.cleared(slot, envelope.attempt);
    this.#log.refused(envelope);
    if (this.#settings.retry) {
      this.#waiting.append(WAITING, slot);
      for (const lane of this.#lanes) if (!lane.busy) lane.blockedUntil = now + blockedFor;
    } else {
      this.#pending.settleLate(slot);
    }
  }

  /** Its transaction is about to settle without a reply. Only a relaxed REQ is free again by that. */
  #letGo(slot: Slot): void {
    this.#waiting.remove(slot);
    const lane = this.#laneOf[slot];
    this.#laneOf[slot] = undefined;
    if (lane === undefined || lane.slot !== slot) return;
    lane.slot = -1;
    lane.retryAt = NEVER;
    if (this.#settings.retry) lane.busy = false;
  }

  #becomeIdle(lane: Lane): void {
    lane.busy = false;
    lane.slot = -1;
    lane.retryAt = NEVER;
  }

  #nextDeadline(now: Micros): Micros {
    let next = this.#pending.deadline;
    const waiting = this.#waiting.length(WAITING) > 0;
    for (const lane of this.#lanes) {
      if (lane.retryAt < next) next = lane.retryAt;
      if (waiting && !lane.busy && lane.blockedUntil > now) next = Math.min(next, lane.blockedUntil);
    }
    return next;
  }

  /** Where the client listens, servers are known by their number alone: those that have connected to every lane. */
  #upCount(endpoint: string): number {
    if (this.#setup.bind.length > 0) return this.available;
    return this.#anyUp(endpoint) ? 1 : 0;
  }

  #anyUp(endpoint: string): boolean {
    return this.#lanes?.some((lane) => lane.up.has(endpoint)) ?? false;
  }

  /** Of a socket that is bound, whoever has connected; otherwise those of the list that it is connected to. */
  #serversOf(lane: Lane): number {
    let servers = 0;
    for (const [endpoint, connections] of lane.up) {
      if (this.#setup.bind.length > 0) servers += connections;
      else if (this.#endpoints.has(endpoint)) servers++;
    }
    return servers;
  }

  #newLane(bind: string | undefined): Lane {
    const lane = {
      socket: -1,
      endpoints: new Set<string>(),
      up: new Map<string, number>(),
      stale: false,
      slot: -1,
      busy: false,
      token: 0,
      retryAt: NEVER,
      blockedUntil: 0,
    };
    this.#open(lane);
    if (bind !== undefined) {
      lane.endpoints.add(bind);
      this.#effects.bind(lane.socket, bind);
    }
    return lane;
  }

  /**
   * A new socket, connected to the list as it is now. Disconnecting the old one would not do: libzmq may still route a
   * request to a connection that it is ending, and a REQ that waits for a reply from there waits for ever.
   */
  #reopen(now: Micros, lane: Lane): void {
    this.#bySocket.delete(lane.socket);
    this.#effects.close(lane.socket);
    const wereUp = [...lane.up.keys()];
    lane.endpoints.clear();
    lane.up.clear();
    for (const peer of wereUp) {
      const cause = this.#endpoints.has(peer) ? 'disconnect' : 'removed';
      if (!this.#anyUp(peer)) this.#log.peerDown(peer, cause);
    }
    this.#becomeIdle(lane);
    this.#open(lane);
    lane.stale = false;
    if (this.#settings.immediate) lane.blockedUntil = now + blockedFor;
  }

  #open(lane: Lane): void {
    const { highWaterMark, immediate, retry, reconnectMs, payloadLimitBytes } = this.#settings;
    lane.socket = this.#effects.open({
      type: 'req',
      sendHighWaterMark: highWaterMark,
      immediate,
      relaxedCorrelated: retry,
      reconnectMs,
      maxMessageBytes: frameLimit(payloadLimitBytes),
    });
    this.#bySocket.set(lane.socket, lane);
    for (const endpoint of this.#endpoints) this.#connect(lane, endpoint);
  }

  #connect(lane: Lane, endpoint: string): void {
    if (lane.endpoints.has(endpoint)) return;
    lane.endpoints.add(endpoint);
    this.#effects.connect(lane.socket, endpoint);
  }
}

const WAITING = 0;
const NEVER = Number.POSITIVE_INFINITY;
/**
 * Of the time until it is sent again, in microseconds for a millisecond. A server may take what lay in its buffers for
 * newer than it is by a third of the lease, for so short a freeze goes unnoticed; the rest is for the way and for clocks
 * that drift.
 */
const leaseShare = 700;
/** How long a lane rests that found no room: connections come up in about so long. */
const blockedFor: Micros = 10_000;

/**
 * A client that deals transactions out over peers, each behind a DEALER of its own, and deals them again when a peer
 * is gone or silent. Freelance deals over servers, Majordomo over brokers; they differ in what stands on the wire.
 *
 * Promised: a transaction settles once, by its deadline; `refused` is said only when no attempt is in doubt; no peer
 * holds more than its window. Not promised: that an attempt in doubt is not executed as well as the one dealt after it.
 */
import type { ClientMachine, Effects, Frames, LinkCause, Micros, Order, Slot, SocketId, Token } from '../machine.ts';
import type { ClientCounters, ClientGauges } from '../stats.ts';
import type { Settlement } from '../transaction.ts';
import { Asked } from './asked.ts';
import { same } from './bytes.ts';
import { NONE } from './carrier.ts';
import { AGAIN, choose, dealt, FRESH, listOf } from './choice.ts';
import { ClientLog } from './client-log.ts';
import { stoodStill } from './clocks.ts';
import type { DealingSetup } from './dealing-setup.ts';
import { type Envelope, emptyEnvelope, Kind, nothing, read, serviceOnWire, sizeOf } from './envelope.ts';
import type { Peer } from './peer.ts';
import { Peers } from './peers.ts';
import { Pending } from './pending.ts';
import { expiredReason, lapsedReason, tooLargeReason } from './reasons.ts';
import { batchBytesMax } from './router-server.ts';
import { SlotLists } from './slot-lists.ts';
import type { Said, Wire } from './wire.ts';

export class DealingClient implements ClientMachine {
  readonly #effects: Effects;
  readonly #setup: DealingSetup;
  readonly #wire: Wire;
  /** Its id, as the same string that its answers say: to compare these takes no look at what is in them. */
  #clientId: string;
  /** As requests say it. */
  readonly #service: string;
  readonly #pending: Pending;
  readonly #log: ClientLog;
  readonly #lists = new SlotLists();
  readonly #peers: Peers;
  /** The peer that had a slot's last attempt, and the send that carried it. */
  readonly #lastPeer: (Peer | undefined)[] = [];
  readonly #lastToken: Token[] = [];
  readonly #asked = new Asked<Peer>();
  readonly #envelope: Envelope = emptyEnvelope();
  #token: Token = 0;
  #turn = 0;
  #deadline: Micros = Number.POSITIVE_INFINITY;
  #draining = false;

  constructor(setup: DealingSetup, wire: Wire, effects: Effects) {
    this.#effects = effects;
    this.#setup = setup;
    this.#wire = wire;
    this.#clientId = setup.clientId;
    this.#service = serviceOnWire(setup.service);
    this.#log = new ClientLog(effects);
    this.#pending = new Pending(effects, setup.pendingLimit, setup.firstSequence);
    const { endpoints, identities, heartbeatIntervalMs, heartbeatTimeoutMs, reconnectMs, maxMessageBytes } = setup;
    this.#peers = new Peers(effects, this.#log, {
      endpoints,
      identities,
      socket: { type: 'dealer', immediate: true, reconnectMs, maxMessageBytes },
      heartbeats: { interval: heartbeatIntervalMs * 1000, timeout: heartbeatTimeoutMs * 1000 },
    });
  }

  get deadline(): Micros {
    return Math.min(this.#deadline, this.#pending.deadline);
  }

  get available(): number {
    return this.#peers.available;
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
    if (slot < 0) return slot;
    this.#lastPeer[slot] = undefined;
    this.#asked.begin(slot);
    this.#lists.append(FRESH, slot);
    return slot;
  }

  abandon(_now: Micros, slot: Slot): void {
    if (!this.#pending.isOpen(slot)) return;
    this.#giveUp(slot);
    this.#lists.remove(slot);
    this.#pending.settleAbandoned(slot);
  }

  /** What a peer that is taken off the list holds may still be answered; its connection ends when it holds nothing. */
  endpoints(_now: Micros, list: readonly string[]): void {
    this.#peers.become(list);
  }

  drain(): void {
    this.#draining = true;
  }

  stats(): ClientCounters & ClientGauges {
    const waiting = this.#lists.length(FRESH) + this.#lists.length(AGAIN);
    return { ...this.#log.counters, waiting, ...this.#peers.gauges() };
  }

  received(now: Micros, socket: SocketId, frames: Frames): void {
    const peer = this.#peers.at(socket);
    if (peer === undefined) return;
    const said = this.#wire.understand(frames, peer.carrier.waitingAt(socket));
    if (said.kind === 'malformed') {
      this.#log.malformed(peer.endpoint);
      return;
    }
    if (peer.state === 'down') {
      // Its last words, overtaken by the news of its end.
      this.#receivedAnswers(now, peer, said);
      return;
    }
    peer.heard(now);
    if (said.kind === 'alive') {
      peer.able = said.able;
      if (said.clock !== undefined && this.#setup.leases) peer.granted(now, said.clock);
    }
    this.#deadline = Math.min(this.#deadline, peer.deadline);
    // A peer with leases is asked again once it has granted one: before that it would refuse what it is sent.
    const isAnswer = said.kind === 'alive';
    if (peer.state === 'suspect' && (isAnswer || peer.grant.incarnation === 0)) this.#takeBack(now, peer);
    else if (peer.state === 'greeting' && isAnswer) peer.becomeReady(now);
    this.#receivedAnswers(now, peer, said);
  }

  unsent(now: Micros, socket: SocketId, token: Token): void {
    const peer = this.#peers.at(socket);
    if (peer === undefined) return;
    if (token === PING) {
      peer.pingUnsent(now);
      return;
    }
    for (const slot of this.#lists.slots(listOf(peer))) {
      if (this.#lastToken[slot] !== token) continue;
      this.#pending.returned(slot);
      this.#log.counters.attemptsUnsent++;
      peer.carrier.free(slot);
      this.#lastPeer[slot] = undefined;
      this.#lists.append(this.#pending.attempt(slot) === 0 ? FRESH : AGAIN, slot);
    }
    peer.rest(now);
  }

  linked(now: Micros, socket: SocketId, _endpoint: string, up: boolean, _cause: LinkCause): void {
    const peer = this.#peers.at(socket);
    if (peer === undefined) return;
    if (socket !== peer.socket) {
      const slot = peer.carrier.linked(socket, up);
      if (slot !== NONE) this.#lost(slot, 'disconnected');
      return;
    }
    if (peer.state !== 'down') {
      peer.becomeDown(now);
      this.#setup.packing?.forget(peer.index);
      if (peer.carrier.isOne) this.#dealAgain(peer, 'disconnected');
      else peer.withheld = 0;
    }
    if (up) peer.becomeGreeting(now);
  }

  failed(): void {
    // A connecting socket fails only by staying down, which is what its peer already says.
  }

  expired(now: Micros): void {
    const stalled = stoodStill(now, this.#deadline);
    for (const peer of this.#peers.all) {
      peer.forgive(stalled);
      if (!peer.suspicionDue(now)) continue;
      peer.becomeSuspect(now);
      this.#dealAgain(peer, undefined);
    }
    for (let slot = this.#pending.due(now); slot >= 0; slot = this.#pending.due(now)) {
      this.#giveUp(slot);
      this.#lists.remove(slot);
      this.#pending.settleLate(slot);
    }
  }

  flush(now: Micros): void {
    for (const peer of this.#peers.leaving) if (!this.#holds(peer)) this.#peers.end(peer);
    for (const peer of this.#peers.all)
      if (peer.pingDue(now)) this.#effects.send(peer.socket, this.#wire.ping(peer.grant), PING);
    this.#deal(now);
    for (const peer of this.#peers.all) {
      if (peer.firstUnsent === NONE) continue;
      const limit = this.#limitOf(peer);
      for (let slot = peer.firstUnsent; slot >= 0; ) slot = this.#send(now, peer, slot, limit);
      peer.firstUnsent = NONE;
    }
    this.#deadline = this.#nextDeadline(now);
  }

  /** Hands waiting transactions to peers, those in doubt first. What finds no peer goes on waiting. */
  #deal(now: Micros): void {
    for (const list of dealt) {
      if (list === FRESH && this.#keepsBack(now)) break;
      for (let slot = this.#lists.first(list); slot >= 0; slot = this.#lists.first(list)) {
        // Where very many are due at once some are still to be settled: nobody need be asked.
        if (this.#pending.remaining(slot, now) <= 0) {
          this.#lists.remove(slot);
          continue;
        }
        const peer = choose(this.#peers.all, this.#turn++, this.#lists, this.#setup.window, now, list === FRESH);
        if (peer === undefined) break;
        this.#giveUp(slot);
        peer.carrier.take(slot, this.#pending.sequence(slot));
        this.#lists.append(listOf(peer), slot);
        if (peer.firstUnsent === NONE) peer.firstUnsent = slot;
      }
    }
  }

  /** Whether what is new waits for more of its kind: where any peer would take it by itself, it leaves. */
  #keepsBack(now: Micros): boolean {
    const { packing } = this.#setup;
    if (packing === undefined) return false;
    let limit = this.#setup.batchLimit;
    for (const peer of this.#peers.all) if (peer.state === 'ready') limit = Math.min(limit, this.#limitOf(peer));
    return packing.holds(now, this.#lists.length(FRESH), limit);
  }

  /** How many one message to that peer may carry. */
  #limitOf(peer: Peer): number {
    const { batchLimit, packing } = this.#setup;
    // Two at least of many, so that both ends work at once; of few not, as a message costs both as much as a hundred of them.
    if (packing === undefined) return Math.min(batchLimit, Math.max(batchMin, this.#pending.size >> 1));
    return Math.min(batchLimit, packing.limit(peer.index, this.#pending.size / this.#peers.all.length));
  }

  /** Sends a batch of what that peer was dealt, from this slot on; returns the slot behind it, or NONE. */
  #send(now: Micros, peer: Peer, first: Slot, limit: number): Slot {
    const { clientId, areBrokers } = this.#setup;
    let bytes = this.#sizeOf(first);
    let count = 1;
    let end = this.#lists.after(first);
    // Full by its count or by its bytes. One always fits.
    for (; end >= 0 && count < limit; end = this.#lists.after(end)) {
      const more = this.#sizeOf(end);
      if (bytes + more > batchBytesMax) break;
      bytes += more;
      count++;
    }
    const token = ++this.#token;
    const message = this.#wire.message(bytes);
    const envelope = this.#envelope;
    envelope.kind = Kind.request;
    envelope.client = clientId;
    envelope.service = this.#service;
    envelope.epoch = areBrokers ? token : peer.grant.epoch;
    envelope.leaseUntil = peer.grant.until;
    envelope.incarnation = peer.grant.incarnation;
    for (let slot = first; slot !== end; slot = this.#lists.after(slot)) {
      this.#pending.attempted(slot);
      this.#lastPeer[slot] = peer;
      this.#asked.add(slot, peer);
      this.#lastToken[slot] = token;
      envelope.delivery = this.#pending.delivery(slot);
      envelope.attempt = this.#pending.attempt(slot);
      envelope.slot = slot;
      envelope.sequence = this.#pending.sequence(slot);
      envelope.remaining = this.#pending.remaining(slot, now);
      envelope.payload = this.#pending.request(slot);
      message.add(envelope);
      this.#log.attempted(envelope.sequence, envelope.attempt, peer.endpoint);
    }
    envelope.payload = nothing;
    this.#effects.send(peer.carrier.socketOf(first), message.end(), token);
    return end;
  }

  #sizeOf(slot: Slot): number {
    return sizeOf(this.#service, this.#pending.request(slot));
  }

  #receivedAnswers(now: Micros, peer: Peer, said: Said): void {
    if (said.kind === 'batch') this.#receivedBatch(now, peer, said.body);
    else if (said.kind === 'answers') for (const answer of said.answers) this.#receivedReply(now, peer, answer);
  }

  #receivedBatch(now: Micros, peer: Peer, body: Uint8Array): void {
    const envelope = this.#envelope;
    for (let offset = 0; offset < body.length; ) {
      const next = read(body, offset, envelope);
      if (next < 0) {
        this.#log.malformed(peer.endpoint);
        return;
      }
      if (offset === 0) this.#setup.packing?.answered(peer.index, envelope.leaseUntil);
      offset = next;
      this.#receivedReply(now, peer, envelope);
    }
  }

  #receivedReply(now: Micros, peer: Peer, envelope: Envelope): void {
    const { slot, sequence, kind } = envelope;
    if (!this.#isOurs(envelope.client) || !this.#pending.has(slot, sequence) || !this.#asked.has(slot, peer)) {
      this.#log.repliedLate(envelope, peer.endpoint);
      return;
    }
    if (kind === Kind.notExecuted) this.#turnedAway(now, peer, envelope);
    else if (kind === Kind.partial) this.#pending.takePart(slot, envelope);
    else if (kind === Kind.reply) this.#committed(slot, envelope, peer);
    else if (kind === Kind.rejected) this.#settle(slot, this.#pending.rejection(slot, now), envelope.payload, peer);
    else if (kind === Kind.request) this.#settle(slot, 'echoed', undefined, peer);
  }

  #isOurs(client: string): boolean {
    if (client !== this.#clientId) return false;
    this.#clientId = client;
    return true;
  }

  #committed(slot: Slot, envelope: Envelope, peer: Peer): void {
    if (!this.#pending.completes(slot, envelope)) {
      this.#effects.note?.({ kind: 'broken-answer', sequence: envelope.sequence, peer: peer.endpoint });
      return;
    }
    this.#settle(slot, 'committed', envelope.part === 0 ? envelope.payload : undefined, peer);
  }

  #settle(slot: Slot, how: Settlement, body: Uint8Array | undefined, peer: Peer): void {
    peer.served();
    peer.carrier.free(slot);
    this.#lists.remove(slot);
    this.#pending.settle(slot, how, body);
  }

  /** That attempt is certainly not executed: one doubt less, and if it was the last attempt made, another may follow. */
  #turnedAway(now: Micros, peer: Peer, envelope: Envelope): void {
    const { slot } = envelope;
    const isLast = this.#lastPeer[slot] === peer;
    // Two brokers may count to the same number: only of the last attempt is it known whose answer that is.
    if (isLast || !this.#setup.areBrokers) this.#pending.cleared(slot, envelope.attempt);
    this.#log.refused(envelope, peer.endpoint);
    if (envelope.attempt < this.#pending.attempt(slot)) return;
    if (isLast && this.#setup.areBrokers) this.#pending.countedTo(slot, envelope.attempt);
    // One of a suspected peer waits to be dealt again: should the peer be trusted again, it is no longer there.
    const list = this.#lists.listOf(slot);
    if (!isLast || (list !== AGAIN && list !== listOf(peer))) return;
    const isCertain = !this.#pending.inDoubt(slot);
    if (!isCertain && !this.#pending.mayRepeat(slot)) return;
    const isHopeless = same(envelope.payload, expiredReason) || same(envelope.payload, tooLargeReason);
    if (isCertain && (isHopeless || this.#pending.hasBegun(slot))) {
      this.#settle(slot, 'not-executed', undefined, peer);
      return;
    }
    this.#giveUp(slot);
    if (list !== AGAIN) this.#lists.append(AGAIN, slot);
    // One that only let a lease lapse is as good as any; one that has no room is left alone for a while.
    if (!same(envelope.payload, lapsedReason)) peer.rest(now);
  }

  /** A peer is gone or silent: what may be tried again goes back to be dealt, the oldest first. */
  #dealAgain(peer: Peer, otherwise: Settlement | undefined): void {
    // With its connection goes what it held while it was suspected: should it come back, that is not its own again.
    if (otherwise !== undefined) {
      for (const slot of this.#lists.slots(AGAIN)) if (this.#lastPeer[slot] === peer) this.#giveUp(slot);
    }
    const held = [...this.#lists.slots(listOf(peer))];
    const before = this.#lists.length(AGAIN);
    for (const slot of held.reverse()) {
      if (otherwise !== undefined) this.#lost(slot, otherwise);
      else if (this.#pending.mayRepeat(slot)) this.#lists.prepend(AGAIN, slot);
    }
    peer.withheld = otherwise === undefined ? this.#lists.length(AGAIN) - before : 0;
  }

  /** The connection by which a transaction was handed over is gone. */
  #lost(slot: Slot, otherwise: Settlement): void {
    this.#giveUp(slot);
    if (this.#pending.mayRepeat(slot)) {
      this.#lists.prepend(AGAIN, slot);
      return;
    }
    this.#lists.remove(slot);
    this.#pending.settle(slot, this.#pending.hasBegun(slot) ? 'interrupted' : otherwise);
  }

  /** Its last peer is not to answer it any more; a late answer is told from others by what it says, or has no way in. */
  #giveUp(slot: Slot): void {
    this.#lastPeer[slot]?.carrier.giveUp(slot);
    this.#lastPeer[slot] = undefined;
  }

  /** A silent peer spoke: what it still holds and nobody else has been given is its own again, not sent a second time. */
  #takeBack(now: Micros, peer: Peer): void {
    peer.becomeReady(now);
    peer.withheld = 0;
    for (const slot of [...this.#lists.slots(AGAIN)]) {
      if (this.#lastPeer[slot] === peer) this.#lists.append(listOf(peer), slot);
    }
  }

  /** Whether an answer of that peer would still be one to a transaction's last attempt. */
  #holds(peer: Peer): boolean {
    if (this.#lists.length(listOf(peer)) > 0) return true;
    return [...this.#lists.slots(AGAIN)].some((slot) => this.#lastPeer[slot] === peer);
  }

  #nextDeadline(now: Micros): Micros {
    let next = Math.min(this.#pending.deadline, this.#setup.packing?.deadline ?? Number.POSITIVE_INFINITY);
    const waiting = this.#lists.length(AGAIN) + this.#lists.length(FRESH) > 0;
    for (const peer of this.#peers.all) {
      if (peer.deadline < next) next = peer.deadline;
      if (waiting && peer.restUntil > now && peer.restUntil < next) next = peer.restUntil;
    }
    return next;
  }
}

const PING: Token = 0;
const batchMin = 128;

/**
 * Majordomo's server: one worker (7/MDP 0.1 or 18/MDP 0.2) at each broker, which has as many requests at once as it may
 * handle. A broker of another make gives a worker one at a time (W6): there it is as many workers as it may handle requests.
 */
import type {
  Effects,
  Execution,
  Frames,
  LinkCause,
  Micros,
  ServerMachine,
  SocketError,
  SocketId,
  Ticket,
  Token,
} from '../machine.ts';
import { ascii, joined } from '../parts/bytes.ts';
import { stoodStill } from '../parts/clocks.ts';
import type { Origin } from '../parts/debt.ts';
import { emptyEnvelope, encode, Kind, nothing } from '../parts/envelope.ts';
import { GrowingFrame } from '../parts/growing-frame.ts';
import { Outbox, type Stream } from '../parts/outbox.ts';
import { drainingReason } from '../parts/reasons.ts';
import { type Answer, Responder } from '../parts/responder.ts';
import { frameLimit } from '../parts/router-server.ts';
import type { ServerSetup } from '../pattern.ts';
import type { ServerCounters, ServerGauges } from '../stats.ts';
import { Conversation, departureTime, READY } from './conversation.ts';
import { readTerms } from './credit.ts';
import type { Mdp } from './mdp.ts';
import { eachOnWire, PaceMeter } from './pace.ts';
import type { majordomoSettings } from './settings.ts';
import { mdpOf } from './wire.ts';

/** A broker, and the conversations with it: one, and the further ones that a broker of another make needs. */
interface Lanes {
  readonly endpoint: string;
  readonly first: Conversation;
  readonly further: Set<Conversation>;
}

/**
 * The request of a message that a conversation has begun and not answered. Answers to a batch leave in parts, as many as a
 * turn brings, so that none waits for the slowest; where there are no parts they gather until all are in.
 */
interface Work extends Origin, Stream {
  readonly conversation: Conversation;
  /** The client, or what stands for the request: it goes back as it came (W5). */
  readonly client: Uint8Array;
  /** How many answers are to come; Infinity while the message is still being read. */
  due: number;
  /** Those that have not left. */
  readonly answers: GrowingFrame;
}

export function majordomoServer(setup: ServerSetup<typeof majordomoSettings>, effects: Effects): ServerMachine {
  return new MajordomoServer(setup, effects);
}

class MajordomoServer implements ServerMachine {
  readonly #effects: Effects;
  readonly #setup: ServerSetup<typeof majordomoSettings>;
  readonly #mdp: Mdp;
  readonly #responder: Responder;
  /** Answers that a broker has no room for at the moment. */
  readonly #outbox: Outbox;
  readonly #brokers: Lanes[];
  /** What has answers that are to leave in this turn. */
  readonly #partly = new Set<Work>();
  readonly #meter = new PaceMeter();
  readonly #bySocket = new Map<SocketId, { readonly conversation: Conversation; readonly lanes: Lanes }>();
  #lanes = 0;
  #serial = 0;
  /** No conversation wants anything before. */
  #dueAt: Micros = NEVER;
  #deadline: Micros = NEVER;
  #draining = false;

  constructor(setup: ServerSetup<typeof majordomoSettings>, effects: Effects) {
    this.#effects = effects;
    this.#setup = setup;
    this.#mdp = mdpOf(setup.settings.mdp);
    const { service, concurrency, incarnation, settings } = setup;
    const responderSetup = { service, concurrency, incarnation, ...settings };
    this.#responder = new Responder(
      effects,
      responderSetup,
      (now, answer) => this.#answer(now, answer.origin as Work, answer),
      (now, origin) => this.#giveBack(now, origin as Work),
    );
    const queueLimit = Math.max(settings.queueLimit, concurrency);
    this.#outbox = new Outbox(effects, { ...settings, queueLimit }, this.#responder.counters);
    this.#brokers = setup.connect.map((endpoint) => {
      const lanes = { endpoint, first: this.#converse(endpoint, concurrency), further: new Set<Conversation>() };
      this.#open(lanes, lanes.first);
      return lanes;
    });
  }

  get deadline(): Micros {
    return this.#deadline;
  }

  get drained(): boolean {
    if (!this.#responder.drained || !this.#outbox.isEmpty) return false;
    return this.#brokers.every(({ first, further }) => first.isOver && [...further].every((lane) => lane.isOver));
  }

  received(now: Micros, socket: SocketId, frames: Frames): void {
    const lane = this.#bySocket.get(socket);
    if (lane === undefined) return;
    const { conversation, lanes } = lane;
    if (!conversation.isRegistered || conversation.wasSilent(now)) return;
    const message = this.#mdp.readAtWorker(frames);
    if (message.kind === 'malformed') {
      this.#responder.counters.malformed++;
      this.#effects.note?.({ kind: 'malformed', frames: frames.length });
      return;
    }
    if (message.kind === 'disconnect') conversation.becomeClosed(now, 'disconnect command');
    else {
      conversation.heard(now, message.kind === 'heartbeat' ? readTerms(message.extra) : undefined);
      if (message.kind === 'request') this.#begin(now, conversation, message.address, message.body);
      this.#arrange(now, lanes);
      conversation.leaveIfDone(now);
    }
    this.#want(conversation);
  }

  unsent(now: Micros, socket: SocketId, token: Token, reason: 'full' | 'unreachable'): void {
    const conversation = this.#bySocket.get(socket)?.conversation;
    if (this.#outbox.unsent(now, token, reason)) {
      // It reads nothing of what it is told: it gets its requests back by losing their worker.
      if (this.#outbox.isFull && conversation?.isRegistered) conversation.becomeClosed(now, 'no room for answers');
    } else if (token === READY) conversation?.readyUnsent(now);
    if (conversation !== undefined) this.#want(conversation);
  }

  linked(now: Micros, socket: SocketId, _endpoint: string, up: boolean, cause: LinkCause): void {
    const conversation = this.#bySocket.get(socket)?.conversation;
    if (conversation === undefined || conversation.isOver) return;
    if (!up) {
      if (conversation.isRegistered) conversation.becomeClosed(now, cause);
    } else if (!conversation.isRegistered) conversation.becomeRegistered(now);
    this.#want(conversation);
  }

  failed(_now: Micros, _socket: SocketId, error: SocketError): void {
    this.#effects.note?.({ kind: 'failed', code: error.code });
  }

  expired(now: Micros): void {
    const stalled = stoodStill(now, this.#deadline);
    if (stalled > 0) this.#each((conversation) => conversation.forgive(stalled));
  }

  flush(now: Micros): void {
    if (now >= this.#dueAt) this.#tick(now);
    this.#responder.flush(now);
    for (const work of this.#partly) this.#reply(now, work, false);
    this.#partly.clear();
    this.#outbox.flush(now);
    this.#deadline = Math.min(this.#dueAt, this.#responder.deadline, this.#outbox.deadline);
  }

  mayExecute(now: Micros, ticket: Ticket): boolean {
    this.#lookAtLeases(now);
    const may = this.#responder.mayExecute(now, ticket);
    if (may) this.#meter.began(now);
    return may;
  }

  mayCommit(now: Micros, ticket: Ticket): boolean {
    this.#lookAtLeases(now);
    return this.#responder.mayCommit(now, ticket);
  }

  part(now: Micros, ticket: Ticket, body: Uint8Array): void {
    this.#responder.part(now, ticket, body);
  }

  get congested(): boolean {
    return !this.#outbox.isEmpty;
  }

  executed(now: Micros, ticket: Ticket, status: Execution, reply: Uint8Array): void {
    this.#meter.ended(now);
    this.#responder.executed(now, ticket, status, reply);
  }

  /** A broker of ours is told first that there is no more credit; what is on its way by then is given back to it. */
  drain(now: Micros): void {
    this.#draining = true;
    this.#responder.drain();
    this.#each((conversation) => {
      conversation.leave(now);
      this.#want(conversation);
    });
  }

  stats(): ServerCounters & ServerGauges {
    return this.#responder.stats();
  }

  #begin(now: Micros, conversation: Conversation, client: Uint8Array, body: Frames): void {
    const { socket } = conversation;
    const lease = this.#setup.settings.leases ? { lease: conversation.lease } : {};
    const { hasParts: takesParts } = this.#mdp;
    // A client of another make may send its body in several frames: they are one request, and get one reply.
    const whole = joined(body);
    const answers = new GrowingFrame(whole.length);
    const work: Work = { socket, address: [], takesParts, ...lease, conversation, client, due: NEVER, answers };
    conversation.requests++;
    work.due = this.#responder.received(now, work, whole) - answers.count;
    this.#replyIfDone(now, work);
  }

  #answer(now: Micros, work: Work, { envelope, body, isFinal }: Omit<Answer, 'origin' | 'until'>): void {
    if (!isFinal) {
      if (this.#isCurrent(now, work)) this.#send(now, work, envelope === undefined ? body : encode(envelope), false);
      return;
    }
    if (envelope === undefined) work.answers.addWritten(body);
    else {
      envelope.leaseUntil = work.answers.count === 0 ? eachOnWire(this.#meter.each) : 0;
      work.answers.add(envelope);
    }
    work.due--;
    this.#replyIfDone(now, work);
  }

  /** W6: exactly one reply to a request, with the answer to the last of its envelopes; its parts may come before it. */
  #replyIfDone(now: Micros, work: Work): void {
    if (work.due > 0) {
      const mayLeave = work.answers.count > 0 && this.#mdp.hasParts && work.conversation.broker === 'ours';
      if (mayLeave) this.#partly.add(work);
      return;
    }
    this.#partly.delete(work);
    this.#reply(now, work, true);
  }

  #reply(now: Micros, work: Work, isLast: boolean): void {
    const { conversation } = work;
    const answers = work.answers.take();
    if (!this.#isCurrent(now, work)) {
      this.#effects.note?.({ kind: 'late-answer', broker: conversation.endpoint });
      return;
    }
    if (isLast) conversation.requests--;
    this.#send(now, work, answers, isLast);
    if (!isLast) return;
    conversation.leaveIfDone(now);
    this.#want(conversation);
  }

  #send(now: Micros, work: Work, body: Uint8Array, isLast: boolean): void {
    const { fromWorker } = this.#mdp;
    const frames = isLast ? fromWorker.final(work.client, [body]) : fromWorker.partial(work.client, [body]);
    work.conversation.spoke(now);
    this.#outbox.send(work.socket, frames, NEVER, work);
  }

  /**
   * A worker owes a reply to each request, and has none to give where it did not execute one of another make. Our broker
   * is told; at any other the worker goes, and another comes in its place.
   */
  #giveBack(now: Micros, work: Work): void {
    if (!this.#isCurrent(now, work)) return;
    if (work.conversation.broker === 'ours') {
      const payload = this.#draining ? drainingReason : nothing;
      const envelope = { ...emptyEnvelope(), kind: Kind.notExecuted, payload };
      this.#answer(now, work, { envelope, body: nothing, isFinal: true });
      return;
    }
    work.conversation.becomeAnother(now, 'request given back');
    this.#want(work.conversation);
  }

  /**
   * Whether the registration that a request came by still stands. One that lapsed while this process stood still does not:
   * to answer in its name would renew it, and with it what lies in buffers and was given to others.
   */
  #isCurrent(now: Micros, { conversation, socket }: Work): boolean {
    if (conversation.socket !== socket) return false;
    if (conversation.wasSilent(now)) this.#want(conversation);
    return conversation.isRegistered;
  }

  /** As many lanes as the broker needs: one where it is ours, otherwise one for each request that may be handled at once. */
  #arrange(now: Micros, lanes: Lanes): void {
    const { first, further, endpoint } = lanes;
    for (const lane of further) {
      if ((first.isRegistered && first.broker === 'ours') || lane.broker === 'ours') lane.leave(now);
    }
    if (this.#draining || !first.isRegistered || first.broker !== 'plain') return;
    while (further.size < this.#setup.concurrency - 1) {
      const lane = this.#converse(endpoint, 1);
      further.add(lane);
      this.#open(lanes, lane);
    }
  }

  /** Does what is due, and finds out what is next. */
  #tick(now: Micros): void {
    for (const lanes of this.#brokers) {
      this.#tickOne(now, lanes, lanes.first);
      for (const lane of lanes.further) {
        this.#tickOne(now, lanes, lane);
        if (lane.isOver && !lane.hasSocket) lanes.further.delete(lane);
      }
      this.#arrange(now, lanes);
    }
    this.#dueAt = NEVER;
    this.#each((conversation) => this.#want(conversation));
  }

  #tickOne(now: Micros, lanes: Lanes, conversation: Conversation): void {
    conversation.tick(now);
    if (now >= conversation.reopenAt) this.#open(lanes, conversation);
  }

  #want(conversation: Conversation): void {
    this.#dueAt = Math.min(this.#dueAt, conversation.deadline);
  }

  /** Woken late: a result may come before the timer does, and a lease be over that still seems to run. */
  #lookAtLeases(now: Micros): void {
    if (now <= this.#dueAt + departureTime) return;
    this.#each((conversation) => {
      if (conversation.wasSilent(now)) this.#want(conversation);
    });
  }

  #each(look: (conversation: Conversation) => void): void {
    for (const { first, further } of this.#brokers) {
      look(first);
      for (const lane of further) look(lane);
    }
  }

  #open(lanes: Lanes, conversation: Conversation): void {
    this.#bySocket.set(conversation.open(), { conversation, lanes });
  }

  #converse(endpoint: string, credit: number): Conversation {
    const { settings, incarnation, service } = this.#setup;
    const setup = {
      endpoint,
      lane: this.#lanes++,
      credit,
      mdp: this.#mdp,
      service: ascii(service),
      incarnation,
      interval: settings.heartbeatIntervalMs * 1000,
      timeout: settings.heartbeatTimeoutMs * 1000,
      plainInterval: settings.plainHeartbeatIntervalMs * 1000,
      plainTimeout: settings.plainHeartbeatTimeoutMs * 1000,
      leases: settings.leases,
      reconnectMs: settings.reconnectMs,
      maxMessageBytes: frameLimit(settings.payloadLimitBytes),
      counters: this.#responder.counters,
      nextSerial: () => this.#serial++,
      forgotten: (socket: SocketId) => {
        this.#bySocket.delete(socket);
        this.#outbox.forget(socket);
      },
    };
    return new Conversation(setup, this.#effects);
  }
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Majordomo's server: as many workers (7/MDP 0.1) as it may handle requests at once, to each broker. A worker is one
 * DEALER, registered by READY, with one request at a time; so it works with brokers of any make.
 * Whenever a broker is gone or silent it closes that socket and begins again on a new one, as W3 and W4 ask.
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
import { driftWithin, stoodStill } from '../parts/clocks.ts';
import type { Lease } from '../parts/leases.ts';
import { type Origin, Responder } from '../parts/responder.ts';
import { frameLimit } from '../parts/router-server.ts';
import type { Values } from '../parts/settings.ts';
import type { ServerSetup } from '../pattern.ts';
import type { ServerCounters, ServerGauges } from '../stats.ts';
import type { majordomoSettings } from './settings.ts';
import { fromWorker, readAtWorker } from './wire.ts';

/** One broker, and the conversation with it. */
interface Conversation {
  readonly lane: number;
  readonly endpoint: string;
  socket: SocketId;
  /** A socket that has said its last word; -1 for none. */
  leaving: SocketId;
  state: 'closed' | 'connecting' | 'registered';
  /**
   * Until when the broker can't have given this worker's request to another: it waits one timeout after what it last heard,
   * which was sent by us. One for each registration, so that what belonged to an earlier one stays lapsed.
   */
  lease: Lease;
  /** How often it failed in a row, which is what the next wait grows by. */
  failures: number;
  reopenAt: Micros;
  expiryAt: Micros;
  heartbeatAt: Micros;
  /** When READY is to leave; it has left when this is NEVER. */
  readyAt: Micros;
}

/** The request of a message that a conversation has begun and not answered: the answers gather until all are in. */
interface Work extends Origin {
  readonly conversation: Conversation;
  readonly client: Uint8Array;
  /** How many answers there will be; Infinity while the message is still being read. */
  due: number;
  readonly answers: Uint8Array[];
}

export function majordomoServer(setup: ServerSetup<typeof majordomoSettings>, effects: Effects): ServerMachine {
  return new MajordomoServer(setup, effects);
}

class MajordomoServer implements ServerMachine {
  readonly #effects: Effects;
  readonly #settings: Values<typeof majordomoSettings>;
  readonly #service: Uint8Array;
  readonly #responder: Responder;
  readonly #conversations: Conversation[];
  readonly #bySocket = new Map<SocketId, Conversation>();
  readonly #interval: Micros;
  readonly #timeout: Micros;
  #deadline: Micros = NEVER;
  #draining = false;

  constructor(setup: ServerSetup<typeof majordomoSettings>, effects: Effects) {
    this.#effects = effects;
    this.#settings = setup.settings;
    this.#service = ascii(setup.service);
    this.#interval = setup.settings.heartbeatIntervalMs * 1000;
    this.#timeout = setup.settings.heartbeatTimeoutMs * 1000;
    const { service, concurrency, incarnation, settings } = setup;
    const responderSetup = { service, concurrency, incarnation, ...settings };
    this.#responder = new Responder(
      effects,
      responderSetup,
      (now, { origin, body }) => this.#answer(now, origin as Work, body),
      (now, origin) => this.#giveBack(now, origin as Work),
    );
    // W6 allows a worker one request at a time, so each request that may be handled at once is a worker of its own.
    const lanes = setup.connect.flatMap((endpoint) => new Array<string>(concurrency).fill(endpoint));
    this.#conversations = lanes.map((endpoint, lane) => this.#converse(endpoint, lane));
  }

  get deadline(): Micros {
    return this.#deadline;
  }

  get drained(): boolean {
    return this.#responder.drained;
  }

  received(now: Micros, socket: SocketId, frames: Frames): void {
    const conversation = this.#bySocket.get(socket);
    if (conversation?.state !== 'registered' || this.#wasSilent(now, conversation)) return;
    const message = readAtWorker(frames);
    if (message.kind === 'malformed') {
      this.#responder.counters.malformed++;
      this.#effects.note?.({ kind: 'malformed', frames: frames.length });
      return;
    }
    conversation.expiryAt = now + this.#timeout;
    conversation.failures = 0;
    if (message.kind === 'disconnect') this.#becomeClosed(now, conversation, 'disconnect command');
    else if (message.kind === 'request') this.#begin(now, conversation, message.client, message.body);
  }

  /** Right after a handshake libzmq may not have seen its own new pipe. Later on, a broker is found out by its silence. */
  unsent(now: Micros, socket: SocketId, token: Token): void {
    const conversation = this.#bySocket.get(socket);
    if (token === READY && conversation?.state === 'registered') conversation.readyAt = now + unsentPause;
  }

  linked(now: Micros, socket: SocketId, _endpoint: string, up: boolean, cause: LinkCause): void {
    const conversation = this.#bySocket.get(socket);
    if (conversation === undefined) return;
    if (up) this.#becomeRegistered(now, conversation);
    else if (conversation.state === 'registered') this.#becomeClosed(now, conversation, cause);
  }

  failed(_now: Micros, _socket: SocketId, error: SocketError): void {
    this.#effects.note?.({ kind: 'failed', code: error.code });
  }

  expired(now: Micros): void {
    const stalled = stoodStill(now, this.#deadline);
    for (const conversation of this.#conversations) {
      conversation.expiryAt += stalled;
      if (now >= conversation.expiryAt) this.#becomeClosed(now, conversation, 'silence');
    }
  }

  flush(now: Micros): void {
    for (const conversation of this.#conversations) {
      if (conversation.state === 'closed' && now >= conversation.reopenAt && !this.#draining) this.#open(conversation);
      if (conversation.state !== 'registered' || this.#wasSilent(now, conversation)) continue;
      if (now >= conversation.readyAt) this.#sendReady(now, conversation);
      else if (now >= conversation.heartbeatAt) this.#send(now, conversation, fromWorker.heartbeat());
    }
    this.#responder.flush(now);
    if (this.#responder.drained) for (const conversation of this.#conversations) this.#leave(now, conversation);
    this.#deadline = this.#nextDeadline();
  }

  mayExecute(now: Micros, ticket: Ticket): boolean {
    return this.#responder.mayExecute(now, ticket);
  }

  mayCommit(now: Micros, ticket: Ticket): boolean {
    return this.#responder.mayCommit(now, ticket);
  }

  part(now: Micros, ticket: Ticket, body: Uint8Array): void {
    this.#responder.part(now, ticket, body);
  }

  /** W6 of 0.1: an answer leaves whole. */
  get congested(): boolean {
    return false;
  }

  executed(now: Micros, ticket: Ticket, status: Execution, reply: Uint8Array): void {
    this.#responder.executed(now, ticket, status, reply);
  }

  drain(): void {
    this.#draining = true;
    this.#responder.drain();
  }

  stats(): ServerCounters & ServerGauges {
    return this.#responder.stats();
  }

  #begin(now: Micros, conversation: Conversation, client: Uint8Array, body: Frames): void {
    const { socket } = conversation;
    const lease = this.#settings.leases ? { lease: conversation.lease } : {};
    const work: Work = { socket, address: [], ...lease, conversation, client, due: NEVER, answers: [] };
    // A client of another make may send its body in several frames: they are one request, and get one reply.
    work.due = this.#responder.received(now, work, joined(body));
    this.#replyIfDone(now, work);
  }

  #answer(now: Micros, work: Work, body: Uint8Array): void {
    work.answers.push(body);
    this.#replyIfDone(now, work);
  }

  /** W6: exactly one reply to a request, so it leaves when the last of its envelopes is answered. */
  #replyIfDone(now: Micros, work: Work): void {
    if (work.answers.length < work.due) return;
    const { conversation } = work;
    if (conversation.state !== 'registered' || conversation.socket !== work.socket) {
      this.#effects.note?.({ kind: 'late-answer', broker: conversation.endpoint });
      return;
    }
    this.#send(now, conversation, fromWorker.reply(work.client, [joined(work.answers)]));
  }

  /** A worker owes a reply to each request. Where it has none to give it goes, and another comes in its place. */
  #giveBack(now: Micros, { conversation, socket }: Work): void {
    if (conversation.state !== 'registered' || conversation.socket !== socket) return;
    this.#effects.send(socket, fromWorker.disconnect());
    this.#forgetSocket(now, conversation, 'request given back');
    // It stays open until the next one is, so that its last word leaves.
    conversation.leaving = socket;
  }

  /** This process itself stood still for so long that the broker may have given its work away: it starts anew. */
  #wasSilent(now: Micros, conversation: Conversation): boolean {
    if (!this.#settings.leases || now <= conversation.lease.until) return false;
    this.#becomeClosed(now, conversation, 'own silence');
    return true;
  }

  #spoke(now: Micros, conversation: Conversation): void {
    conversation.heartbeatAt = now + this.#interval;
    conversation.lease.until = now + this.#timeout - driftWithin(this.#timeout);
  }

  #send(now: Micros, conversation: Conversation, frames: Frames): void {
    this.#spoke(now, conversation);
    this.#effects.send(conversation.socket, frames);
  }

  #sendReady(now: Micros, conversation: Conversation): void {
    conversation.readyAt = NEVER;
    this.#spoke(now, conversation);
    this.#effects.send(conversation.socket, fromWorker.ready(this.#service), READY);
  }

  #leave(now: Micros, conversation: Conversation): void {
    if (conversation.state !== 'registered') return;
    this.#send(now, conversation, fromWorker.disconnect());
    conversation.state = 'closed';
    conversation.expiryAt = NEVER;
    conversation.heartbeatAt = NEVER;
    conversation.readyAt = NEVER;
  }

  #converse(endpoint: string, lane: number): Conversation {
    const conversation: Conversation = {
      lane,
      endpoint,
      socket: -1,
      leaving: -1,
      state: 'closed',
      lease: lapsed(),
      failures: 0,
      reopenAt: 0,
      expiryAt: NEVER,
      heartbeatAt: NEVER,
      readyAt: NEVER,
    };
    this.#open(conversation);
    return conversation;
  }

  #open(conversation: Conversation): void {
    const { reconnectMs, payloadLimitBytes } = this.#settings;
    const maxMessageBytes = frameLimit(payloadLimitBytes);
    if (conversation.leaving >= 0) this.#effects.close(conversation.leaving);
    conversation.leaving = -1;
    conversation.state = 'connecting';
    conversation.socket = this.#effects.open({ type: 'dealer', immediate: true, reconnectMs, maxMessageBytes });
    this.#bySocket.set(conversation.socket, conversation);
    this.#effects.connect(conversation.socket, conversation.endpoint);
  }

  #becomeRegistered(now: Micros, conversation: Conversation): void {
    if (conversation.state !== 'connecting') return;
    conversation.state = 'registered';
    conversation.expiryAt = now + this.#timeout;
    conversation.lease = { epoch: 0, until: now };
    this.#spoke(now, conversation);
    conversation.readyAt = now;
    // Should this process stand still before READY has left, the silence is found out to have been its own.
    this.#deadline = Math.min(this.#deadline, conversation.readyAt);
    this.#responder.counters.brokersUp++;
    this.#effects.note?.({ kind: 'registered', broker: conversation.endpoint });
  }

  #becomeClosed(now: Micros, conversation: Conversation, cause: string): void {
    this.#effects.close(conversation.socket);
    this.#forgetSocket(now, conversation, cause);
  }

  #forgetSocket(now: Micros, conversation: Conversation, cause: string): void {
    conversation.lease.until = Number.NEGATIVE_INFINITY;
    this.#bySocket.delete(conversation.socket);
    this.#responder.counters.brokersLost++;
    this.#effects.note?.({ kind: 'broker-lost', broker: conversation.endpoint, cause });
    const longest = Math.min(this.#settings.reconnectMs * 1000 * 2 ** conversation.failures++, waitMax);
    const drawn = this.#effects.draw(`reopen:${conversation.lane}:${conversation.failures}`);
    conversation.socket = -1;
    conversation.state = 'closed';
    conversation.expiryAt = NEVER;
    conversation.heartbeatAt = NEVER;
    conversation.readyAt = NEVER;
    conversation.reopenAt = now + Math.round(longest * (0.5 + drawn / 2));
  }

  #nextDeadline(): Micros {
    let next = this.#responder.deadline;
    for (const { state, reopenAt, expiryAt, heartbeatAt, readyAt } of this.#conversations) {
      if (state === 'closed' && !this.#draining) next = Math.min(next, reopenAt);
      if (state === 'registered') next = Math.min(next, expiryAt, heartbeatAt, readyAt);
    }
    return next;
  }
}

function lapsed(): Lease {
  return { epoch: 0, until: Number.NEGATIVE_INFINITY };
}

const READY: Token = 1;
const NEVER = Number.POSITIVE_INFINITY;
const unsentPause: Micros = 2_000;
/** The longest wait before a broker is tried again, however often it failed. */
const waitMax: Micros = 2_000_000;

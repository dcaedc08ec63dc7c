/**
 * What every server does with requests, whatever socket they came by: checks that they are its own, holds them in a
 * bounded queue, lets so many execute at once, and answers each attempt at most once.
 */
import type { Effects, Execution, Frames, IncomingRequest, Micros, SocketId, Ticket } from '../machine.ts';
import type { RefusalReason, ServerCounters, ServerGauges } from '../stats.ts';
import { AnswerParts, numberOf } from './answer-parts.ts';
import { ascii, joined, keyOf, toKeep } from './bytes.ts';
import { type Envelope, emptyEnvelope, encode, isEnvelope, Kind, nothing, read, requestsMax } from './envelope.ts';
import { isFixed, type Lease, Leases } from './leases.ts';
import { drainingReason, lapsedReason } from './reasons.ts';
import { type Remembered, ReplyCache } from './reply-cache.ts';
import { Room, type RoomLimits } from './room.ts';
import { serverCounters } from './server-counters.ts';
import { StallWatch } from './stall-watch.ts';

/** Where a request came from, and so where its answer goes: frames that come before the body. */
export interface Origin {
  readonly socket: SocketId;
  readonly address: Frames;
  /** Whether it can take an answer in several messages; otherwise parts wait, and leave with the last as one. */
  readonly takesParts?: boolean;
  /** The lease of the conversation it came by, where that has one for all of its requests. */
  readonly lease?: Lease;
}

export interface ResponderSetup extends RoomLimits {
  readonly service: string;
  readonly concurrency: number;
  readonly replyCacheLimit: number;
  readonly replyCacheBytes: number;
  readonly payloadLimitBytes: number;
  readonly incarnation: number;
}

/** One attempt that waits for an answer. */
interface Asker {
  readonly origin: Origin;
  /** The envelope's own fields, to be sent back; absent for a peer of another make, which gets bare bodies. */
  readonly envelope: Envelope | undefined;
}

/** A request whose answer is owed. */
interface Debt {
  /** The attempt that brought it, and those that came while it was under way: one execution answers all. */
  readonly askers: Asker[];
  readonly request: IncomingRequest;
  /** Until when it may begin and take effect: the newest attempt's; absent where its client gave none. */
  lease: Lease | undefined;
  /** When its handler began, if it has. */
  begunAt: Micros | undefined;
  /** What there is of an answer in parts. */
  parts?: AnswerParts;
}

/** An answer for the pattern's server to send, with its own frames around it. */
export interface Answer {
  readonly origin: Origin;
  readonly body: Uint8Array;
  /** Whether it is an envelope, and so may share a frame with others. */
  readonly isEnvelope: boolean;
  /** False for a part that others follow. */
  readonly isFinal: boolean;
  /** When nobody waits for it any more. */
  readonly until: Micros;
}

export class Responder {
  readonly #effects: Effects;
  readonly #setup: ResponderSetup;
  readonly #answer: (now: Micros, answer: Answer) => void;
  readonly #unanswered: (now: Micros, origin: Origin) => void;
  readonly #debts: (Debt | undefined)[] = [];
  readonly #room: Room;
  readonly #free: Ticket[] = [];
  #waiting: Ticket[] = [];
  #head = 0;
  #running = 0;
  #draining = false;
  #plainSequence = 0;
  #turnBegan: Micros = 0;
  readonly #scratch = emptyEnvelope();
  readonly #leases: Leases;
  readonly #cache: ReplyCache;
  readonly #watch = new StallWatch();
  /** The server's, whose other parts add to it too. */
  readonly counters: ServerCounters = serverCounters();

  /** `unanswered` is told of requests of other makes that were not executed: to them there is no way to say so. */
  constructor(
    effects: Effects,
    setup: ResponderSetup,
    answer: (now: Micros, answer: Answer) => void,
    unanswered: (now: Micros, origin: Origin) => void = () => undefined,
  ) {
    this.#effects = effects;
    this.#setup = setup;
    this.#room = new Room(setup);
    this.#answer = answer;
    this.#unanswered = unanswered;
    this.#leases = new Leases(setup.incarnation);
    this.#cache = new ReplyCache(setup.replyCacheLimit, setup.replyCacheBytes);
  }

  /** How many requests are here and unanswered. */
  get owed(): number {
    return this.#room.size;
  }

  /** When it wants to look at the clock again, so that it notices when it stood still. */
  get deadline(): Micros {
    return this.#watch.deadline;
  }

  get drained(): boolean {
    return this.#draining && this.#room.size === 0;
  }

  /** Takes no more requests from here on: each gets "not executed". */
  drain(): void {
    this.#draining = true;
  }

  stats(): ServerCounters & ServerGauges {
    const { executions, committed, rejected, refusals } = this.counters;
    return {
      ...this.counters,
      refusals: { ...refusals },
      owed: this.#room.size,
      running: executions - committed - rejected - refusals.uncommitted,
      clients: this.#cache.clients,
      remembered: this.#cache.size,
    };
  }

  /** A body came in: a batch of envelopes, a single one, or a bare body of a peer of another make. Returns how many answers there will be. */
  received(now: Micros, origin: Origin, body: Uint8Array): number {
    this.#watch.look(now);
    if (!isEnvelope(body)) {
      this.counters.requests++;
      this.#admit(now, {
        askers: [{ origin, envelope: undefined }],
        request: this.#plainRequest(now, body),
        lease: origin.lease,
        begunAt: undefined,
      });
      this.flush(now);
      return 1;
    }
    let count = 0;
    let left = requestsMax;
    for (let offset = 0; offset < body.length; ) {
      const next = left-- > 0 ? read(body, offset, this.#scratch) : -1;
      if (next < 0) {
        this.counters.malformed++;
        this.#effects.note?.({ kind: 'malformed', bytes: body.length });
        break;
      }
      offset = next;
      if (this.#receivedEnvelope(now, origin, this.#scratch)) count++;
    }
    this.flush(now);
    return count;
  }

  /** A new turn: begins what may begin. */
  flush(now: Micros): void {
    this.#watch.look(now);
    this.#turnBegan = now;
    this.#begin();
  }

  #begin(): void {
    while (this.#running < this.#setup.concurrency && this.#head < this.#waiting.length) {
      const ticket = this.#waiting[this.#head++]!;
      const debt = this.#debts[ticket];
      if (debt === undefined) continue;
      debt.begunAt = this.#turnBegan;
      this.#running++;
      this.#effects.execute(ticket, debt.request);
    }
    if (this.#head > 1024 || this.#head === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
  }

  /** The gate before each execution: a fresh look at the clock and the lease. */
  mayExecute(now: Micros, ticket: Ticket): boolean {
    const debt = this.#debts[ticket];
    if (debt === undefined) return false;
    this.#watch.look(now);
    debt.begunAt = now;
    if (isLive(now, debt)) {
      this.counters.executions++;
      return true;
    }
    this.counters.refusals.lapsed++;
    this.#effects.note?.({ kind: 'lease-refused', client: debt.request.client, sequence: debt.request.sequence });
    this.#end(now, ticket, debt, 'not-executed', lapsedReason);
    return false;
  }

  /** The gate before an effect. */
  mayCommit(now: Micros, ticket: Ticket): boolean {
    const debt = this.#debts[ticket];
    if (debt === undefined) return false;
    this.#watch.look(now);
    // A lease that nobody can extend says when a handler may begin; once begun, only a freeze makes it a zombie.
    const isAwake = debt.lease?.isFixed === true && !this.#watch.hasStalledSince(debt.begunAt ?? now);
    return isAwake ? now < debt.request.deadline : isLive(now, debt);
  }

  /** One part more of an answer: it leaves to those who take parts, and is kept for those who ask again. */
  part(now: Micros, ticket: Ticket, body: Uint8Array): void {
    const debt = this.#debts[ticket];
    if (debt === undefined) return;
    debt.parts ??= new AnswerParts(this.#setup.payloadLimitBytes);
    const number = debt.parts.add(body);
    for (const asker of debt.askers) {
      if (asker.origin.takesParts) this.#reply(now, asker, debt.request.deadline, Kind.partial, body, number);
    }
  }

  executed(now: Micros, ticket: Ticket, status: Execution, reply: Uint8Array): void {
    const debt = this.#debts[ticket];
    if (debt === undefined) return;
    if (status === 'rejected') this.counters.rejected++;
    else if (status === 'not-executed') this.counters.refusals.uncommitted++;
    else this.counters.committed++;
    this.#end(now, ticket, debt, status, reply);
  }

  #end(now: Micros, ticket: Ticket, debt: Debt, status: Execution, reply: Uint8Array): void {
    const kind = kinds[status];
    const parts = status === 'ended' ? (debt.parts ?? new AnswerParts(0)) : undefined;
    this.#debts[ticket] = undefined;
    this.#free.push(ticket);
    this.#room.leave(debt.request.body);
    if (debt.begunAt !== undefined) this.#running--;
    const { client, sequence, deadline } = debt.request;
    const isToldNo = kind === Kind.notExecuted && reply.length === 0;
    const isOurs = debt.askers[0]?.envelope !== undefined;
    if (isOurs && kind === Kind.notExecuted) this.#cache.forget(client, sequence);
    else if (isOurs) this.#cache.finish(client, sequence, { kind, reply, parts });
    for (const asker of debt.askers) {
      if (parts === undefined) this.#reply(now, asker, deadline, kind, isToldNo ? lapsedReason : reply);
      else if (asker.origin.takesParts) this.#reply(now, asker, deadline, kind, nothing, parts.endNumber);
      else this.#replyWhole(now, asker, deadline, parts);
    }
    // Handlers that return at once follow one another within a turn, and their answers leave together; but not for so
    // long that heartbeats would wait.
    if (now - this.#turnBegan < turnMax) this.#begin();
  }

  #receivedEnvelope(now: Micros, origin: Origin, envelope: Envelope): boolean {
    if (isFixed(envelope)) this.#watch.expect(envelope.leaseUntil);
    const arrival = this.#watch.arrival(now);
    const lease = origin.lease ?? this.#leases.of(arrival, sessionOf(origin), envelope);
    if (envelope.kind === Kind.ping) {
      const { incarnation, service } = this.#setup;
      const pong = { ...envelope, kind: Kind.pong, leaseUntil: now, incarnation, service };
      this.#answer(now, {
        origin,
        body: encode(pong),
        isEnvelope: true,
        isFinal: true,
        until: now + envelope.remaining,
      });
      return true;
    }
    if (envelope.kind !== Kind.request) {
      this.counters.malformed++;
      this.#effects.note?.({ kind: 'malformed', envelopeKind: envelope.kind });
      return false;
    }
    this.counters.requests++;
    const request = {
      body: toKeep(envelope.payload),
      client: envelope.client,
      sequence: envelope.sequence,
      service: envelope.service,
      attempt: envelope.attempt,
      deadline: arrival + envelope.remaining,
    };
    const asker = { origin, envelope: { ...envelope, payload: nothing } };
    const debt = { askers: [asker], request, lease, begunAt: undefined };
    this.#effects.note?.({
      kind: 'received',
      client: request.client,
      sequence: request.sequence,
      attempt: request.attempt,
    });
    if (!this.#isKnown(now, debt, asker)) this.#admit(now, debt, envelope.slot);
    return true;
  }

  /** Whether it was asked for before: then it is not executed again, and this attempt gets the answer of the first. */
  #isKnown(now: Micros, { request, lease }: Debt, asker: Asker): boolean {
    const { client, sequence } = request;
    const known = this.#cache.find(client, sequence);
    if (known === undefined) return false;
    this.counters.duplicates++;
    this.#effects.note?.({ kind: 'duplicate-suppressed', client, sequence, isUnderWay: known.ticket !== undefined });
    if (known.ticket === undefined) {
      if (known.answer !== undefined) this.#replyAgain(now, asker, request.deadline, known.answer);
      return true;
    }
    const debt = this.#debts[known.ticket]!;
    // What has left of its answer can't be told again: silence, and no second execution.
    if (debt.parts?.isWhole === false) return true;
    debt.lease = lease;
    debt.askers.push(asker);
    if (asker.origin.takesParts) this.#replyParts(now, asker, request.deadline, debt.parts?.bodies ?? []);
    if (debt.askers.length > askersMax)
      this.#reply(now, debt.askers.shift()!, request.deadline, Kind.notExecuted, nothing);
    return true;
  }

  #admit(now: Micros, debt: Debt, slot?: number): void {
    const { client, sequence, deadline } = debt.request;
    const reason = this.#objection(debt);
    if (reason !== undefined) {
      this.counters.refusals[reason]++;
      this.#effects.note?.({ kind: 'turned-away', client, sequence, reason });
      const payload = reason === 'draining' ? drainingReason : nothing;
      this.#reply(now, debt.askers[0]!, deadline, Kind.notExecuted, payload);
      return;
    }
    const ticket = this.#free.pop() ?? this.#debts.length;
    this.#debts[ticket] = debt;
    this.#room.enter(debt.request.body);
    this.#waiting.push(ticket);
    if (slot !== undefined) this.#cache.begin(client, slot, sequence, ticket);
  }

  #objection(debt: Debt): RefusalReason | undefined {
    if (this.#draining) return 'draining';
    if (debt.request.service !== this.#setup.service) return 'otherService';
    if (!this.#room.fits(debt.request.body)) return 'queueFull';
    return undefined;
  }

  #replyAgain(now: Micros, asker: Asker, until: Micros, { kind, reply, parts }: Remembered): void {
    if (parts === undefined) {
      this.#reply(now, asker, until, kind, reply);
    } else if (asker.origin.takesParts) {
      this.#replyParts(now, asker, until, parts.bodies);
      this.#reply(now, asker, until, kind, nothing, parts.endNumber);
    } else {
      this.#replyWhole(now, asker, until, parts);
    }
  }

  #replyParts(now: Micros, asker: Asker, until: Micros, bodies: readonly Uint8Array[]): void {
    for (const [index, body] of bodies.entries()) this.#reply(now, asker, until, Kind.partial, body, numberOf(index));
  }

  /** All parts in one message, for those who take only one. */
  #replyWhole(now: Micros, { origin, envelope }: Asker, until: Micros, parts: AnswerParts): void {
    if (!parts.isWhole) {
      const message = ascii(`its answer in parts is over ${this.#setup.payloadLimitBytes} bytes`);
      this.#reply(now, { origin, envelope }, until, Kind.rejected, message);
    } else if (envelope === undefined) {
      this.#answer(now, { origin, body: joined(parts.bodies), isEnvelope: false, isFinal: true, until });
    } else {
      const frames = parts.bodies.map((body, i) => this.#sealed(envelope, Kind.partial, body, numberOf(i)));
      frames.push(this.#sealed(envelope, Kind.reply, nothing, parts.endNumber));
      this.#answer(now, { origin, body: joined(frames), isEnvelope: true, isFinal: true, until });
    }
  }

  #reply(now: Micros, { origin, envelope }: Asker, until: Micros, kind: Kind, reply: Uint8Array, part = 0): void {
    // Any body would be taken for the reply. Hearing nothing, the peer asks again or elsewhere when its own time is up.
    if (envelope === undefined && kind === Kind.notExecuted) {
      this.#unanswered(now, origin);
      return;
    }
    const isFinal = kind !== Kind.partial;
    const body = envelope === undefined ? reply : this.#sealed(envelope, kind, reply, part);
    this.#answer(now, { origin, body, isEnvelope: envelope !== undefined, isFinal, until });
  }

  /** The asker's own envelope, with the answer in it. */
  #sealed(envelope: Envelope, kind: Kind, payload: Uint8Array, part: number): Uint8Array {
    envelope.kind = kind;
    envelope.service = '';
    envelope.incarnation = this.#setup.incarnation;
    envelope.payload = payload;
    envelope.part = part;
    return encode(envelope);
  }

  #plainRequest(now: Micros, body: Uint8Array): IncomingRequest {
    const { service } = this.#setup;
    const sequence = ++this.#plainSequence;
    return { body, client: 'plain', sequence, service, attempt: 1, deadline: now + plainDeadline };
  }
}

/** Whether an attempt may begin, or take effect, at this moment. */
function isLive(now: Micros, { request, lease }: Debt): boolean {
  return now < request.deadline && (lease === undefined || now <= lease.until);
}

/** What each status of an execution is on the wire. */
const kinds = {
  committed: Kind.reply,
  ended: Kind.reply,
  rejected: Kind.rejected,
  'not-executed': Kind.notExecuted,
} as const satisfies Record<Execution, Kind>;

/** A connection's own leases: a client that comes back by another one begins anew. */
function sessionOf({ address }: Origin): string {
  return address[0] === undefined ? '' : keyOf(address[0]);
}

/** Attempts that may wait for one execution. */
const askersMax = 8;
/** How long handlers may follow one another before the event loop gets its turn. */
const turnMax: Micros = 1_000;
/** A peer of another make says no deadline; what it asked is not worth answering after this long. */
const plainDeadline = 3_600_000_000;

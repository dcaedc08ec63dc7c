/**
 * What every server does with requests, whatever socket they came by: checks that they are its own, holds them in a
 * bounded queue, lets so many execute at once, and answers each attempt at most once.
 */
import type { Effects, Execution, Micros, Ticket } from '../machine.ts';
import type { RefusalReason, ServerCounters, ServerGauges } from '../stats.ts';
import { AnswerParts, numberOf } from './answer-parts.ts';
import { ascii, copyOf, joined, keyOf, smallBytes } from './bytes.ts';
import { Debt, type Origin } from './debt.ts';
import { type Envelope, emptyEnvelope, isEnvelope, Kind, nothing, read, requestsMax } from './envelope.ts';
import { GrowingFrame } from './growing-frame.ts';
import { isFixed, Leases } from './leases.ts';
import { drainingReason, lapsedReason } from './reasons.ts';
import { type Remembered, ReplyCache } from './reply-cache.ts';
import { Room, type RoomLimits } from './room.ts';
import { serverCounters } from './server-counters.ts';
import { StallWatch } from './stall-watch.ts';

export interface ResponderSetup extends RoomLimits {
  readonly service: string;
  readonly concurrency: number;
  readonly replyCacheLimit: number;
  readonly replyCacheBytes: number;
  readonly payloadLimitBytes: number;
  readonly incarnation: number;
}

/** An answer for the pattern's server to send, with its own frames around it. */
export interface Answer {
  readonly origin: Origin;
  /** Where it is one envelope, and so may share a frame with others. Only lent: it says something else after the call. */
  readonly envelope: Envelope | undefined;
  /** What is sent where it is not. */
  readonly body: Uint8Array;
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
  /** Of those that wait, how many did so when a turn ended. */
  #waited = 0;
  #running = 0;
  #draining = false;
  #plainSequence = 0;
  #turnBegan: Micros = 0;
  /** What is being read, and what is being answered. */
  readonly #scratch = emptyEnvelope();
  readonly #sealing = emptyEnvelope();
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
    // The many go last: V8 takes forty times as long over fields that are added to a spread object.
    return {
      owed: this.#room.size,
      running: executions - committed - rejected - refusals.uncommitted,
      clients: this.#cache.clients,
      remembered: this.#cache.size,
      ...this.counters,
      refusals: { ...refusals },
    };
  }

  /** A body came in: a batch of envelopes, a single one, or a bare body of a peer of another make. Returns how many answers there will be. */
  received(now: Micros, origin: Origin, body: Uint8Array): number {
    this.#watch.look(now);
    if (!isEnvelope(body)) {
      this.counters.requests++;
      this.#admit(now, new Debt(origin, this.#plainRequest(body), now + plainDeadline, origin.lease, false));
      this.#startTurn(now);
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
    this.#startTurn(now);
    return count;
  }

  /** A new turn: begins what may begin. What still has to wait then keeps no batch. */
  flush(now: Micros): void {
    this.#startTurn(now);
    this.#waited = Math.max(this.#waited, this.#head);
    for (; this.#waited < this.#waiting.length; this.#waited++) this.#debts[this.#waiting[this.#waited]!]?.waits();
  }

  #startTurn(now: Micros): void {
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
      this.#effects.execute(ticket, debt);
    }
    if (this.#head > 1024 || this.#head === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#waited = Math.max(0, this.#waited - this.#head);
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
    this.#effects.note?.({ kind: 'lease-refused', client: debt.client, sequence: debt.sequence });
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
    return isAwake ? now < debt.deadline : isLive(now, debt);
  }

  /** One part more of an answer: it leaves to those who take parts, and is kept for those who ask again. */
  part(now: Micros, ticket: Ticket, body: Uint8Array): void {
    const debt = this.#debts[ticket];
    if (debt === undefined) return;
    debt.parts ??= new AnswerParts(this.#setup.payloadLimitBytes);
    const number = debt.parts.add(body);
    for (const asker of debt.askers ?? [debt]) {
      if (asker.origin.takesParts) this.#reply(now, asker, debt.deadline, Kind.partial, body, number);
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
    this.#room.leave(debt.body);
    if (debt.begunAt !== undefined) this.#running--;
    const { client, sequence, slot } = debt;
    if (debt.isOurs && kind === Kind.notExecuted) this.#cache.forget(client, sequence, slot);
    else if (debt.isOurs) this.#cache.finish(client, sequence, { kind, reply, parts }, slot);
    const told = kind === Kind.notExecuted && reply.length === 0 ? lapsedReason : reply;
    if (debt.askers === undefined) this.#replyInFull(now, debt, debt.deadline, kind, told, parts);
    else for (const asker of debt.askers) this.#replyInFull(now, asker, debt.deadline, kind, told, parts);
    // Handlers that return at once follow one another within a turn, and their answers leave together; but not for so
    // long that heartbeats would wait.
    if (now - this.#turnBegan < turnMax) this.#begin();
  }

  #receivedEnvelope(now: Micros, origin: Origin, envelope: Envelope): boolean {
    if (isFixed(envelope)) this.#watch.expect(envelope.leaseUntil);
    const arrival = this.#watch.arrival(now);
    const lease = origin.lease ?? this.#leases.of(arrival, sessionOf(origin), envelope);
    if (envelope.kind === Kind.ping) {
      this.#answerPing(now, origin, envelope);
      return true;
    }
    if (envelope.kind !== Kind.request) {
      this.counters.malformed++;
      this.#effects.note?.({ kind: 'malformed', envelopeKind: envelope.kind });
      return false;
    }
    this.counters.requests++;
    const debt = new Debt(origin, envelope, arrival + envelope.remaining, lease, true);
    const { client, sequence, attempt } = debt;
    this.#effects.note?.({ kind: 'received', client, sequence, attempt });
    if (!this.#isKnown(now, debt)) this.#admit(now, debt);
    return true;
  }

  #answerPing(now: Micros, origin: Origin, ping: Envelope): void {
    ping.kind = Kind.pong;
    ping.leaseUntil = now;
    ping.incarnation = this.#setup.incarnation;
    ping.service = this.#setup.service;
    // Not kept for who has no room for it: they are told so much that they know, and would be told what has changed since.
    this.#answer(now, { origin, envelope: ping, body: nothing, isFinal: true, until: now });
  }

  /** Whether it was asked for before: then it is not executed again, and this attempt gets the answer of the first. */
  #isKnown(now: Micros, asker: Debt): boolean {
    const { client, sequence, slot, deadline } = asker;
    const known = this.#cache.find(client, sequence, slot);
    if (known === undefined) return false;
    this.counters.duplicates++;
    this.#effects.note?.({ kind: 'duplicate-suppressed', client, sequence, isUnderWay: known.ticket !== undefined });
    if (known.ticket === undefined) {
      if (known.answer !== undefined) this.#replyAgain(now, asker, known.answer);
      return true;
    }
    const debt = this.#debts[known.ticket]!;
    // What has left of its answer can't be told again: silence, and no second execution.
    if (debt.parts?.isWhole === false) return true;
    debt.lease = asker.lease;
    debt.askers ??= [debt];
    debt.askers.push(asker);
    if (asker.origin.takesParts) this.#replyParts(now, asker, debt.parts?.bodies ?? []);
    if (debt.askers.length > askersMax) this.#reply(now, debt.askers.shift()!, deadline, Kind.notExecuted, nothing);
    return true;
  }

  #admit(now: Micros, debt: Debt): void {
    const { client, sequence, deadline } = debt;
    const reason = this.#objection(debt);
    if (reason !== undefined) {
      this.counters.refusals[reason]++;
      this.#effects.note?.({ kind: 'turned-away', client, sequence, reason });
      const payload = reason === 'draining' ? drainingReason : nothing;
      this.#reply(now, debt, deadline, Kind.notExecuted, payload);
      return;
    }
    const ticket = this.#free.pop() ?? this.#debts.length;
    this.#debts[ticket] = debt;
    this.#room.enter(debt.body);
    this.#waiting.push(ticket);
    if (debt.isOurs) this.#cache.begin(client, debt.slot, sequence, ticket);
  }

  #objection(debt: Debt): RefusalReason | undefined {
    if (this.#draining) return 'draining';
    if (debt.service !== this.#setup.service) return 'otherService';
    if (!this.#room.fits(debt.body)) return 'queueFull';
    return undefined;
  }

  #replyAgain(now: Micros, asker: Debt, { kind, reply, parts }: Remembered): void {
    if (parts !== undefined && asker.origin.takesParts) this.#replyParts(now, asker, parts.bodies);
    this.#replyInFull(now, asker, asker.deadline, kind, reply, parts);
  }

  #replyParts(now: Micros, asker: Debt, bodies: readonly Uint8Array[]): void {
    for (const [index, body] of bodies.entries()) {
      this.#reply(now, asker, asker.deadline, Kind.partial, body, numberOf(index));
    }
  }

  /** An answer that is whole, or what ends one in parts, of which those who take parts have had them. */
  #replyInFull(
    now: Micros,
    asker: Debt,
    until: Micros,
    kind: Kind,
    reply: Uint8Array,
    parts: AnswerParts | undefined,
  ): void {
    if (parts === undefined) this.#reply(now, asker, until, kind, reply);
    else if (asker.origin.takesParts) this.#reply(now, asker, until, kind, nothing, parts.endNumber);
    else this.#replyWhole(now, asker, until, parts);
  }

  /** All parts in one message, for those who take only one. */
  #replyWhole(now: Micros, asker: Debt, until: Micros, parts: AnswerParts): void {
    const { origin } = asker;
    if (!parts.isWhole) {
      const message = ascii(`its answer in parts is over ${this.#setup.payloadLimitBytes} bytes`);
      this.#reply(now, asker, until, Kind.rejected, message);
    } else if (!asker.isOurs) {
      this.#answer(now, { origin, envelope: undefined, body: joined(parts.bodies), isFinal: true, until });
    } else {
      const frame = new GrowingFrame();
      for (const [i, body] of parts.bodies.entries()) frame.add(this.#sealed(asker, Kind.partial, body, numberOf(i)));
      frame.add(this.#sealed(asker, Kind.reply, nothing, parts.endNumber));
      this.#answer(now, { origin, envelope: undefined, body: frame.take(), isFinal: true, until });
    }
  }

  #reply(now: Micros, asker: Debt, until: Micros, kind: Kind, body: Uint8Array, part = 0): void {
    const { origin, isOurs } = asker;
    // Any body would be taken for the reply. Hearing nothing, the peer asks again or elsewhere when its own time is up.
    if (!isOurs && kind === Kind.notExecuted) {
      this.#unanswered(now, origin);
      return;
    }
    const envelope = isOurs ? this.#sealed(asker, kind, body, part) : undefined;
    this.#answer(now, { origin, envelope, body, isFinal: kind !== Kind.partial, until });
  }

  /** The asker's own envelope, with the answer in it. */
  #sealed(asker: Debt, kind: Kind, payload: Uint8Array, part: number): Envelope {
    const envelope = this.#sealing;
    envelope.kind = kind;
    envelope.delivery = asker.delivery;
    envelope.attempt = asker.attempt;
    envelope.client = asker.client;
    envelope.slot = asker.slot;
    envelope.sequence = asker.sequence;
    envelope.epoch = asker.epoch;
    envelope.incarnation = this.#setup.incarnation;
    envelope.part = part;
    envelope.payload = payload;
    return envelope;
  }

  #plainRequest(body: Uint8Array): Envelope {
    const { service } = this.#setup;
    const payload = body.length > smallBytes ? body : copyOf(body);
    return { ...emptyEnvelope(), client: 'plain', sequence: ++this.#plainSequence, service, payload };
  }
}

/** Whether an attempt may begin, or take effect, at this moment. */
function isLive(now: Micros, { deadline, lease }: Debt): boolean {
  return now < deadline && (lease === undefined || now <= lease.until);
}

/** What each status of an execution is on the wire. */
const kinds = {
  committed: Kind.reply,
  ended: Kind.reply,
  rejected: Kind.rejected,
  'not-executed': Kind.notExecuted,
} as const satisfies Record<Execution, Kind>;

/** A connection's own leases: a client that comes back by another one begins anew. */
function sessionOf({ session, address }: Origin): string {
  return session ?? (address[0] === undefined ? '' : keyOf(address[0]));
}

/** Attempts that may wait for one execution. */
const askersMax = 8;
/** How long handlers may follow one another before the event loop gets its turn. */
const turnMax: Micros = 1_000;
/** A peer of another make says no deadline; what it asked is not worth answering after this long. */
const plainDeadline = 3_600_000_000;

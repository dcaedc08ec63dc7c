/**
 * What every server does with requests, whatever socket they came by: checks that they are its own, holds them in a
 * bounded queue, lets so many execute at once, and answers each attempt at most once.
 */
import type { Effects, Frames, IncomingRequest, Micros, SocketId, Ticket } from '../machine.ts';
import { keyOf } from './bytes.ts';
import { type Envelope, emptyEnvelope, encode, isEnvelope, Kind, nothing, read } from './envelope.ts';
import { type Lease, Leases, lapsedReason } from './leases.ts';
import { StallWatch } from './stall-watch.ts';

/** Where a request came from, and so where its answer goes: frames that come before the body. */
export interface Origin {
  readonly socket: SocketId;
  readonly address: Frames;
  /** The lease of the conversation it came by, where that has one for all of its requests. */
  readonly lease?: Lease;
}

export interface ResponderSetup {
  readonly service: string;
  readonly concurrency: number;
  readonly queueLimit: number;
  readonly incarnation: number;
}

/** A request whose answer is owed. */
interface Debt {
  readonly origin: Origin;
  readonly request: IncomingRequest;
  /** The envelope's own fields, to be sent back; absent for a peer of another make, which gets bare bodies. */
  readonly envelope: Envelope | undefined;
  /** Until when it may begin and take effect; absent where its client gave none. */
  readonly lease: Lease | undefined;
  /** When its handler began, if it has. */
  begunAt: Micros | undefined;
}

/** An answer for the pattern's server to send, with its own frames around it. */
export interface Answer {
  readonly origin: Origin;
  readonly body: Uint8Array;
  /** Whether it is an envelope, and so may share a frame with others. */
  readonly isEnvelope: boolean;
  /** When nobody waits for it any more. */
  readonly until: Micros;
}

export class Responder {
  readonly #effects: Effects;
  readonly #setup: ResponderSetup;
  readonly #answer: (now: Micros, answer: Answer) => void;
  readonly #debts: (Debt | undefined)[] = [];
  readonly #free: Ticket[] = [];
  #waiting: Ticket[] = [];
  #head = 0;
  #running = 0;
  #owed = 0;
  #draining = false;
  #plainSequence = 0;
  #turnBegan: Micros = 0;
  readonly #scratch = emptyEnvelope();
  readonly #leases: Leases;
  readonly #watch = new StallWatch();

  constructor(effects: Effects, setup: ResponderSetup, answer: (now: Micros, answer: Answer) => void) {
    this.#effects = effects;
    this.#setup = setup;
    this.#answer = answer;
    this.#leases = new Leases(setup.incarnation);
  }

  /** How many requests are here and unanswered. */
  get owed(): number {
    return this.#owed;
  }

  /** When it wants to look at the clock again, so that it notices when it stood still. */
  get deadline(): Micros {
    return this.#watch.deadline;
  }

  get drained(): boolean {
    return this.#draining && this.#owed === 0;
  }

  /** Takes no more requests from here on: each gets "not executed". */
  drain(): void {
    this.#draining = true;
  }

  /** A body came in: a batch of envelopes, a single one, or a bare body of a peer of another make. Returns how many answers there will be. */
  received(now: Micros, origin: Origin, body: Uint8Array): number {
    this.#watch.look(now);
    if (!isEnvelope(body)) {
      this.#admit(now, {
        origin,
        request: this.#plainRequest(now, body),
        envelope: undefined,
        lease: origin.lease,
        begunAt: undefined,
      });
      this.flush(now);
      return 1;
    }
    let count = 0;
    for (let offset = 0; offset < body.length; ) {
      const next = read(body, offset, this.#scratch);
      if (next < 0) {
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
    if (isLive(now, debt)) return true;
    this.#effects.note?.({ kind: 'lease-refused', client: debt.request.client, sequence: debt.request.sequence });
    this.executed(now, ticket, Kind.notExecuted, lapsedReason);
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

  executed(now: Micros, ticket: Ticket, kind: Kind, reply: Uint8Array): void {
    const debt = this.#debts[ticket];
    if (debt === undefined) return;
    this.#debts[ticket] = undefined;
    this.#free.push(ticket);
    this.#owed--;
    if (debt.begunAt !== undefined) this.#running--;
    const isToldNo = kind === Kind.notExecuted && reply.length === 0;
    this.#reply(now, debt, kind, isToldNo ? lapsedReason : reply);
    // Handlers that return at once follow one another within a turn, and their answers leave together; but not for so
    // long that heartbeats would wait.
    if (now - this.#turnBegan < turnMax) this.#begin();
  }

  #receivedEnvelope(now: Micros, origin: Origin, envelope: Envelope): boolean {
    const arrival = this.#watch.arrival(now);
    const lease = origin.lease ?? this.#leases.of(arrival, sessionOf(origin), envelope);
    if (envelope.kind === Kind.ping) {
      const { incarnation, service } = this.#setup;
      const pong = { ...envelope, kind: Kind.pong, leaseUntil: now, incarnation, service };
      this.#answer(now, { origin, body: encode(pong), isEnvelope: true, until: now + envelope.remaining });
      return true;
    }
    if (envelope.kind !== Kind.request) {
      this.#effects.note?.({ kind: 'malformed', envelopeKind: envelope.kind });
      return false;
    }
    const request = {
      body: envelope.payload,
      client: envelope.client,
      sequence: envelope.sequence,
      service: envelope.service,
      attempt: envelope.attempt,
      deadline: arrival + envelope.remaining,
    };
    this.#admit(now, { origin, request, envelope: { ...envelope, payload: nothing }, lease, begunAt: undefined });
    return true;
  }

  #admit(now: Micros, debt: Debt): void {
    const { client, sequence, attempt } = debt.request;
    this.#effects.note?.({ kind: 'received', client, sequence, attempt });
    const reason = this.#objection(debt);
    if (reason !== undefined) {
      this.#effects.note?.({ kind: 'turned-away', client, sequence, reason });
      this.#reply(now, debt, Kind.notExecuted, nothing);
      return;
    }
    const ticket = this.#free.pop() ?? this.#debts.length;
    this.#debts[ticket] = debt;
    this.#owed++;
    this.#waiting.push(ticket);
  }

  #objection(debt: Debt): string | undefined {
    if (this.#draining) return 'draining';
    if (debt.request.service !== this.#setup.service) return 'another service';
    if (this.#owed >= this.#setup.queueLimit) return 'queue full';
    return undefined;
  }

  #reply(now: Micros, debt: Debt, kind: Kind, reply: Uint8Array): void {
    const { origin, envelope } = debt;
    const until = debt.request.deadline;
    if (envelope === undefined) {
      this.#answer(now, { origin, body: reply, isEnvelope: false, until });
      return;
    }
    envelope.kind = kind;
    envelope.service = '';
    envelope.incarnation = this.#setup.incarnation;
    envelope.payload = reply;
    this.#answer(now, { origin, body: encode(envelope), isEnvelope: true, until });
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

/** A connection's own leases: a client that comes back by another one begins anew. */
function sessionOf({ address }: Origin): string {
  return address[0] === undefined ? '' : keyOf(address[0]);
}

/** How long handlers may follow one another before the event loop gets its turn. */
const turnMax: Micros = 1_000;
/** A peer of another make says no deadline; what it asked is not worth answering after this long. */
const plainDeadline = 3_600_000_000;

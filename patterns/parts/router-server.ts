/**
 * A server behind a ROUTER of its own. What comes before the body of a request (routing id, a REQ's delimiter, FLP's
 * control frame) goes back before the answer unread; the pattern says where the body begins.
 */
import type {
  Effects,
  Execution,
  Frames,
  Micros,
  ServerMachine,
  SocketError,
  SocketId,
  Ticket,
  Token,
} from '../machine.ts';
import type { ServerSetup } from '../pattern.ts';
import type { ServerCounters, ServerGauges } from '../stats.ts';
import { joined } from './bytes.ts';
import { Correspondent, Correspondents } from './correspondents.ts';
import type { Origin } from './debt.ts';
import { encode, headerBytes, Kind, serviceBytesMax, sizeOf } from './envelope.ts';
import { Outbox } from './outbox.ts';
import { type Answer, Responder } from './responder.ts';
import type { RoomLimits } from './room.ts';
import type { Settings } from './settings.ts';

export interface RouterServerSettings extends RoomLimits {
  readonly replyCacheLimit: number;
  readonly replyCacheBytes: number;
  readonly payloadLimitBytes: number;
  readonly reconnectMs: number;
}

/** What a message that came in at the ROUTER is. */
export type Asked =
  | { readonly kind: 'request'; readonly address: Frames; readonly body: Frames }
  /** Answered at once, with no handler. */
  | { readonly kind: 'aside'; readonly answer: Frames }
  | { readonly kind: 'malformed' };

export class RouterServer implements ServerMachine {
  readonly #effects: Effects;
  readonly #responder: Responder;
  readonly #outbox: Outbox;
  readonly #understand: (frames: Frames) => Asked;
  readonly #payloadLimitBytes: number;
  readonly #correspondents = new Correspondents();
  /** Those who have answers of this turn: what goes to one peer leaves as one message. */
  #gathered: Correspondent[] = [];

  constructor(
    setup: ServerSetup<Settings>,
    limits: RouterServerSettings,
    effects: Effects,
    understand: (frames: Frames) => Asked,
  ) {
    this.#effects = effects;
    this.#understand = understand;
    this.#payloadLimitBytes = limits.payloadLimitBytes;
    const { service, concurrency, incarnation } = setup;
    const responderSetup = { service, concurrency, incarnation, ...limits };
    this.#responder = new Responder(effects, responderSetup, (_now, answer) => this.#gather(answer));
    this.#outbox = new Outbox(effects, limits, this.#responder.counters);
    const maxMessageBytes = frameLimit(limits.payloadLimitBytes);
    const named = setup.advertise === undefined ? {} : { routingId: new TextEncoder().encode(setup.advertise) };
    // Where it connects, what is owed to a client that is gone goes with the connection, not to that client's next life.
    const calling = setup.connect.length === 0 ? {} : { immediate: true, reconnectMs: limits.reconnectMs };
    const socket = effects.open({ type: 'router', mandatory: true, maxMessageBytes, ...named, ...calling });
    for (const endpoint of setup.bind) effects.bind(socket, endpoint);
    for (const endpoint of setup.connect) effects.connect(socket, endpoint);
  }

  get deadline(): Micros {
    return Math.min(this.#outbox.deadline, this.#responder.deadline);
  }

  get drained(): boolean {
    return this.#responder.drained && this.#gathered.length === 0 && this.#outbox.isEmpty;
  }

  received(now: Micros, socket: SocketId, frames: Frames): void {
    const asked = this.#understand(frames);
    if (asked.kind === 'aside') this.#effects.send(socket, asked.answer);
    else if (asked.kind === 'request' && this.#isAllowed(asked.body)) {
      this.#responder.received(now, this.#originOf(socket, asked.address), joined(asked.body));
    } else {
      this.#responder.counters.malformed++;
      this.#effects.note?.({ kind: 'malformed', frames: frames.length });
    }
  }

  /** A frame has libzmq's limit, which leaves room for our own batches; several are one body, with the limit of a body. */
  #isAllowed(body: Frames): boolean {
    return body.length === 1 || body.reduce((bytes, frame) => bytes + frame.length, 0) <= this.#payloadLimitBytes;
  }

  unsent(now: Micros, _socket: SocketId, token: Token, reason: 'full' | 'unreachable'): void {
    this.#outbox.unsent(now, token, reason);
  }

  linked(): void {
    // A ROUTER is not told which of its peers came or went.
  }

  failed(_now: Micros, _socket: SocketId, error: SocketError): void {
    this.#effects.note?.({ kind: 'failed', code: error.code });
  }

  expired(): void {
    // The outbox and the responder look at the clock in every flush.
  }

  flush(now: Micros): void {
    this.#responder.flush(now);
    this.#outbox.flush(now);
    for (const correspondent of this.#gathered) this.#send(correspondent);
    this.#gathered.length = 0;
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

  get congested(): boolean {
    return !this.#outbox.isEmpty;
  }

  executed(now: Micros, ticket: Ticket, status: Execution, reply: Uint8Array): void {
    this.#responder.executed(now, ticket, status, reply);
  }

  drain(): void {
    this.#responder.drain();
  }

  stats(): ServerCounters & ServerGauges {
    return this.#responder.stats();
  }

  /** Our own DEALER takes answers packed, and in parts; who put something before the body gets one message for the one it sent. */
  #originOf(socket: SocketId, address: Frames): Origin {
    return address.length === 1 ? this.#correspondents.of(socket, address) : { socket, address, takesParts: false };
  }

  #gather({ origin, envelope, body, until }: Answer): void {
    // A sign of life is a message of its own: whoever reads one looks for no answers behind it.
    if (envelope !== undefined && envelope.kind !== Kind.pong && origin instanceof Correspondent) {
      const { frame } = origin;
      if (frame.count === 0) this.#gathered.push(origin);
      else if (frame.count >= batchMax || frame.bytes + sizeOf(envelope.service, envelope.payload) > batchBytesMax) {
        this.#send(origin);
      }
      frame.add(envelope);
      if (envelope.part > 0) origin.hasParts = true;
      origin.until = Math.max(origin.until, until);
    } else {
      const said = envelope === undefined ? body : encode(envelope);
      this.#outbox.send(origin.socket, [...origin.address, said], until);
    }
  }

  #send(to: Correspondent): void {
    this.#outbox.send(to.socket, [to.address[0]!, to.frame.take()], to.until, to.hasParts ? to : undefined);
    to.until = 0;
    to.hasParts = false;
  }
}

/** Bytes a frame may have: a batch is bounded by its count and the payload's limit, so a frame is by both. */
export function frameLimit(payloadLimitBytes: number): number {
  return Math.max(batchBytesMax, payloadLimitBytes + headerBytes + serviceBytesMax);
}

/** Envelopes at which a batch is full: what a message costs is little beside them, and nobody waits long behind so many. */
export const batchMax = 512;
/** Bytes at which a batch is full. */
export const batchBytesMax = 1_048_576;

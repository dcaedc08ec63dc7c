/**
 * A server behind a ROUTER of its own. What comes before the body of a request (routing id, delimiter, a REQ's
 * correlation) goes back before the answer unread, so REQ and DEALER clients are served alike.
 */
import type { Effects, Frames, Micros, ServerMachine, SocketError, SocketId, Ticket } from '../machine.ts';
import type { ServerSetup } from '../pattern.ts';
import { headerBytes, Kind, serviceBytesMax } from './envelope.ts';
import { type Origin, Responder } from './responder.ts';
import type { Settings } from './settings.ts';

export interface RouterServerSettings {
  readonly queueLimit: number;
  readonly payloadLimitBytes: number;
}

/** What a pattern's server does with a message that is no request: answers it at once, or leaves it be. */
export type Aside = (body: Uint8Array) => Uint8Array | undefined;

export class RouterServer implements ServerMachine {
  readonly #effects: Effects;
  readonly #responder: Responder;
  readonly #aside: Aside;
  readonly deadline: Micros = Number.POSITIVE_INFINITY;

  constructor(
    setup: ServerSetup<Settings>,
    limits: RouterServerSettings,
    effects: Effects,
    aside: Aside = () => undefined,
  ) {
    this.#effects = effects;
    this.#aside = aside;
    const { service, concurrency, incarnation } = setup;
    const responderSetup = { service, concurrency, incarnation, queueLimit: limits.queueLimit };
    this.#responder = new Responder(effects, responderSetup, (_now, origin, body) => {
      effects.send(origin.socket, [...origin.address, body]);
    });
    const socket = effects.open({ type: 'router', maxMessageBytes: frameLimit(limits.payloadLimitBytes) });
    for (const endpoint of setup.bind) effects.bind(socket, endpoint);
  }

  get drained(): boolean {
    return this.#responder.drained;
  }

  received(now: Micros, socket: SocketId, frames: Frames): void {
    const body = frames[frames.length - 1];
    if (body === undefined || frames.length < 2 || frames.length > addressFramesMax + 1) {
      this.#effects.note?.({ kind: 'malformed', frames: frames.length });
      return;
    }
    const origin: Origin = { socket, address: frames.slice(0, -1) };
    const answer = this.#aside(body);
    if (answer !== undefined) this.#effects.send(socket, [...origin.address, answer]);
    else this.#responder.received(now, origin, body);
  }

  unsent(): void {
    // Answers go to whoever asked; one that has gone asks again elsewhere.
  }

  linked(): void {
    // A ROUTER is not told which of its peers came or went.
  }

  failed(_now: Micros, _socket: SocketId, error: SocketError): void {
    this.#effects.note?.({ kind: 'failed', code: error.code });
  }

  expired(): void {
    // It has no deadlines: the gates look at the clock when a request's turn comes.
  }

  flush(): void {
    this.#responder.begin();
  }

  mayExecute(now: Micros, ticket: Ticket): boolean {
    return this.#responder.mayExecute(now, ticket);
  }

  mayCommit(now: Micros, ticket: Ticket): boolean {
    return this.#responder.mayCommit(now, ticket);
  }

  executed(now: Micros, ticket: Ticket, status: keyof typeof kinds, reply: Uint8Array): void {
    this.#responder.executed(now, ticket, kinds[status], reply);
  }

  drain(): void {
    this.#responder.drain();
  }
}

/** What each status of an execution is on the wire. */
export const kinds = { committed: Kind.reply, rejected: Kind.rejected, 'not-executed': Kind.notExecuted } as const;

/** Bytes a frame may have: a batch is bounded by its count and the payload's limit, so a frame is by both. */
export function frameLimit(payloadLimitBytes: number): number {
  return Math.max(batchBytesMax, payloadLimitBytes + headerBytes + serviceBytesMax);
}

/** Bytes at which a batch is full. */
export const batchBytesMax = 1_048_576;

/** A routing id, a correlation and a delimiter, and some room for devices on the way. */
const addressFramesMax = 8;

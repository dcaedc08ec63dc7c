/** What stands between a client that deals transactions out and the bytes: a pattern's own frames, with or without our envelopes. */
import type { Frames } from '../machine.ts';
import { copyOf } from './bytes.ts';
import type { Waiting } from './carrier.ts';
import { type Envelope, emptyEnvelope, Kind, nextPart, nothing, write } from './envelope.ts';
import type { Grant, ServerClock } from './peer.ts';

/** What a message from a peer says. */
export type Said =
  | { readonly kind: 'alive'; readonly able: boolean; readonly clock?: ServerClock }
  /** Envelopes, one behind the other. */
  | { readonly kind: 'batch'; readonly body: Uint8Array }
  /** What bare frames say, as envelopes would have said it. */
  | { readonly kind: 'answers'; readonly answers: readonly Envelope[] }
  | { readonly kind: 'malformed' };

/** A message in the making. */
export interface Message {
  /** Puts one more request into it; as many as the client's `batchLimit` allows. */
  add(request: Envelope): void;
  end(): Frames;
}

export interface Wire {
  /** Asks a peer for a sign of life, and tells it how long its lease is. */
  ping(grant: Grant): Frames;
  /** A message for requests that take so many bytes as envelopes. */
  message(bytes: number): Message;
  /** `waiting` is what waits at the socket that the message came by, where one socket carries one transaction. */
  understand(frames: Frames, waiting: Waiting | undefined): Said;
}

/** A message of envelopes: one frame, and the pattern's own around it. */
export class EnvelopeMessage implements Message {
  readonly #body: Uint8Array;
  readonly #around: (body: Uint8Array) => Frames;
  #offset = 0;

  constructor(bytes: number, around: (body: Uint8Array) => Frames) {
    this.#body = new Uint8Array(bytes);
    this.#around = around;
  }

  add(request: Envelope): void {
    this.#offset = write(this.#body, this.#offset, request);
  }

  end(): Frames {
    return this.#around(this.#body);
  }
}

/** A message of one bare request. */
export class PlainMessage implements Message {
  readonly #around: (request: Envelope, body: Uint8Array) => Frames;
  #frames: Frames = [];

  constructor(around: (request: Envelope, body: Uint8Array) => Frames) {
    this.#around = around;
  }

  add(request: Envelope): void {
    // Copied, since libzmq may still be sending it when its caller has been told, and uses the bytes for something else.
    this.#frames = this.#around(request, copyOf(request.payload));
  }

  end(): Frames {
    return this.#frames;
  }
}

/** A bare reply to that transaction. */
export function plainReply(client: string, slot: number, sequence: number, payload: Uint8Array): Said {
  const answer = { ...emptyEnvelope(), kind: Kind.reply, client, slot, sequence, payload };
  return { kind: 'answers', answers: [answer] };
}

/** One message of an answer that may come in several, of which the last may have a body like the others. */
export function plainPart(client: string, waiting: Waiting, payload: Uint8Array, isFinal: boolean): Said {
  const { slot, sequence } = waiting;
  if (isFinal && waiting.parts === 0) return plainReply(client, slot, sequence, payload);
  if (isFinal && payload.length === 0) {
    const end = { ...emptyEnvelope(), kind: Kind.reply, client, slot, sequence, part: nextPart(waiting.parts) };
    return { kind: 'answers', answers: [end] };
  }
  waiting.parts = nextPart(waiting.parts);
  const part = { ...emptyEnvelope(), kind: Kind.partial, client, slot, sequence, part: waiting.parts, payload };
  if (!isFinal) return { kind: 'answers', answers: [part] };
  const end = { ...part, kind: Kind.reply, part: nextPart(part.part), payload: nothing };
  return { kind: 'answers', answers: [part, end] };
}

/**
 * Answers on their way out of a socket, which gives back what a peer has no room for. They are held and sent again until
 * their request's deadline: an answer to work that was done is not thrown away because its asker reads slowly.
 * Answers to different requests may overtake one another; the parts of one, a stream, never do, and none is left out
 * with a later one sent.
 */
import type { Effects, Frames, Micros, SocketId, Token } from '../machine.ts';
import type { AnswerCounters } from '../stats.ts';
import type { RoomLimits } from './room.ts';

interface Outgoing {
  readonly socket: SocketId;
  readonly frames: Frames;
  readonly until: Micros;
  readonly stream: Stream | undefined;
  /** Its place among all that were ever sent. */
  readonly order: number;
}

/** What has to leave in its order: the parts of one answer, or all messages with parts for one asker. */
export interface Stream {
  /** One of its messages was given up: none after it is sent. */
  isBroken?: boolean;
  /** Of several answers: that one was given up is nothing to the others. */
  readonly isOfMany?: boolean;
  /** Its messages that are held. */
  held?: number;
}

export class Outbox {
  readonly #effects: Effects;
  readonly #limits: RoomLimits;
  readonly #counters: AnswerCounters;
  /** What left in this turn, and in the one before: it may still come back. */
  #sent = new Map<Token, Outgoing>();
  #sentBefore = new Map<Token, Outgoing>();
  #held: Outgoing[] = [];
  #heldBytes = 0;
  #again: Micros = Number.POSITIVE_INFINITY;
  #token: Token = firstToken;
  #order = 0;

  constructor(effects: Effects, limits: RoomLimits, counters: AnswerCounters) {
    this.#effects = effects;
    this.#limits = limits;
    this.#counters = counters;
  }

  /** When what is held is to be tried again. */
  get deadline(): Micros {
    return this.#again;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  get isFull(): boolean {
    return this.#held.length >= this.#limits.queueLimit || this.#isFullOfBytes;
  }

  get #isFullOfBytes(): boolean {
    return this.#heldBytes >= this.#limits.queueLimitBytes;
  }

  /** Sends an answer; of a stream, give the parts in their order. */
  send(socket: SocketId, frames: Frames, until: Micros, stream?: Stream): void {
    const outgoing = { socket, frames, until, stream, order: this.#order++ };
    if (stream === undefined || (!stream.isBroken && !stream.held)) this.#send(outgoing);
    // Behind another of its stream it waits however many do: without it those were for nothing.
    else if (stream.isBroken || this.#isFullOfBytes) this.#drop(outgoing, 'no room');
    else this.#hold(outgoing);
  }

  /** That socket is closed: what was held for it goes nowhere. */
  forget(socket: SocketId): void {
    const held = this.#held;
    this.#held = held.filter((outgoing) => outgoing.socket !== socket);
    for (const outgoing of held) if (outgoing.socket === socket) this.#heldBytes -= bytesOf(outgoing);
    for (const sent of [this.#sent, this.#sentBefore]) {
      for (const [token, outgoing] of sent) if (outgoing.socket === socket) sent.delete(token);
    }
  }

  /** Takes back what came back; false where that send was not the outbox's. */
  unsent(now: Micros, token: Token, reason: 'full' | 'unreachable'): boolean {
    if (token < firstToken) return false;
    const outgoing = this.#sent.get(token) ?? this.#sentBefore.get(token);
    if (outgoing === undefined) return true;
    if (reason === 'unreachable' || now >= outgoing.until || this.isFull || outgoing.stream?.isBroken) {
      this.#drop(outgoing, reason === 'unreachable' ? reason : 'no room');
      return true;
    }
    this.#counters.answersHeld++;
    this.#hold(outgoing);
    this.#again = now + pause;
    return true;
  }

  /** A turn ends: what was sent before it began has arrived in a pipe, and what is held may have its next try. */
  flush(now: Micros): void {
    this.#forgetOldest();
    if (now < this.#again) return;
    this.#again = Number.POSITIVE_INFINITY;
    const held = this.#held;
    this.#held = [];
    // The first part of a stream may come back again: the next ones wait until it is known not to have. So do those that
    // are too many for one turn: an asker that never reads must not keep a server busy with trying.
    const tried = new Set<Stream>();
    let tries = 0;
    for (const outgoing of held) {
      const { stream } = outgoing;
      if (tries >= triesMax || (stream !== undefined && tried.has(stream))) {
        this.#held.push(outgoing);
        continue;
      }
      this.#release(now, outgoing);
      if (stream !== undefined) tried.add(stream);
      tries++;
    }
    // The next ones follow, unless one of these comes back.
    if (this.#held.length > 0) this.#again = now + afterSuccess;
  }

  #forgetOldest(): void {
    if (this.#sent.size + this.#sentBefore.size === 0) return;
    const arrived = this.#sentBefore;
    arrived.clear();
    this.#sentBefore = this.#sent;
    this.#sent = arrived;
  }

  #hold(outgoing: Outgoing): void {
    const { stream, order } = outgoing;
    // One that came back stands before those of its stream that waited for it.
    const later = stream?.held ? this.#held.findIndex((other) => other.stream === stream && other.order > order) : -1;
    if (later < 0) this.#held.push(outgoing);
    else this.#held.splice(later, 0, outgoing);
    this.#heldBytes += bytesOf(outgoing);
    if (stream !== undefined) stream.held = (stream.held ?? 0) + 1;
  }

  #release(now: Micros, outgoing: Outgoing): void {
    this.#heldBytes -= bytesOf(outgoing);
    if (outgoing.stream !== undefined) outgoing.stream.held!--;
    if (now < outgoing.until && !outgoing.stream?.isBroken) this.#send(outgoing);
    else this.#drop(outgoing, 'no room');
  }

  #drop({ stream }: Outgoing, reason: 'unreachable' | 'no room'): void {
    if (stream !== undefined && !stream.isOfMany) stream.isBroken = true;
    this.#counters.answersDropped++;
    this.#effects.note?.({ kind: 'answer-dropped', reason });
  }

  #send(outgoing: Outgoing): void {
    const token = this.#token++;
    this.#sent.set(token, outgoing);
    this.#effects.send(outgoing.socket, outgoing.frames, token);
  }
}

/** Far above the tokens that machines give out themselves. */
const firstToken: Token = 2 ** 40;
const pause: Micros = 5_000;
const afterSuccess: Micros = 100;
/** Those that are tried again in one turn: each that comes back costs an error of libzmq's. */
const triesMax = 64;

function bytesOf({ frames }: Outgoing): number {
  let bytes = 0;
  for (const frame of frames) bytes += frame.length;
  return bytes;
}

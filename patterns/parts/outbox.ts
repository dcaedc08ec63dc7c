/**
 * Answers on their way out of a ROUTER, which gives back what a peer has no room for. They are held and sent again until
 * their request's deadline: an answer to work that was done is not thrown away because its asker reads slowly.
 */
import type { Effects, Frames, Micros, SocketId, Token } from '../machine.ts';
import type { AnswerCounters } from '../stats.ts';

interface Outgoing {
  readonly socket: SocketId;
  readonly frames: Frames;
  readonly until: Micros;
}

export class Outbox {
  readonly #effects: Effects;
  readonly #limit: number;
  readonly #counters: AnswerCounters;
  /** What left since the last turn, and may still come back. */
  readonly #sent = new Map<Token, Outgoing>();
  #held: Outgoing[] = [];
  #again: Micros = Number.POSITIVE_INFINITY;
  #token: Token = firstToken;

  constructor(effects: Effects, limit: number, counters: AnswerCounters) {
    this.#effects = effects;
    this.#limit = limit;
    this.#counters = counters;
  }

  /** When what is held is to be tried again. */
  get deadline(): Micros {
    return this.#again;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  send(socket: SocketId, frames: Frames, until: Micros): void {
    this.#send({ socket, frames, until });
  }

  /** Takes back what came back; false where that send was not the outbox's. */
  unsent(now: Micros, token: Token, reason: 'full' | 'unreachable'): boolean {
    if (token < firstToken) return false;
    const outgoing = this.#sent.get(token);
    if (outgoing === undefined) return true;
    if (reason === 'unreachable' || now >= outgoing.until || this.#held.length >= this.#limit) {
      this.#drop(reason === 'unreachable' ? reason : 'no room');
      return true;
    }
    this.#counters.answersHeld++;
    this.#held.push(outgoing);
    this.#again = Math.min(this.#again, now + pause);
    return true;
  }

  /** A turn ends: what was sent in the last one has arrived in a pipe, and what is held may have its next try. */
  flush(now: Micros): void {
    this.#sent.clear();
    if (now < this.#again) return;
    this.#again = Number.POSITIVE_INFINITY;
    const held = this.#held;
    this.#held = [];
    for (const outgoing of held) {
      if (now < outgoing.until) this.#send(outgoing);
      else this.#drop('no room');
    }
  }

  #drop(reason: 'unreachable' | 'no room'): void {
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

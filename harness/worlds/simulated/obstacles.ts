/**
 * What stands in the way of one connection's messages, one direction of it: the conditions of its link, and what TCP
 * makes of packets that are lost. It sends again what nobody acknowledges, each time after twice the wait, and nothing
 * new until then; so a connection is whole again some time after its network is.
 */
import type { Frames, Micros } from '../../../patterns/machine.ts';
import { type Conditions, type Fate, passing } from '../conditions.ts';
import { lossAfter, nextTry, type Waits } from './retransmission.ts';

export class Obstacles {
  readonly #ahead: Conditions;
  /** Of the other way, by which packets are acknowledged. */
  readonly #back: Conditions;
  readonly #waits: Waits;
  #isDeaf = false;
  #wasBarred = false;
  /** Sent while no acknowledgement comes, and since when. */
  #unacknowledged = 0;
  #since: Micros | undefined;
  #retryAt: Micros = 0;
  /** All that is to be sent again has come long since. */
  #isHeard = false;
  #isClear = true;

  constructor(ahead: Conditions, back: Conditions, waits: Waits) {
    this.#ahead = ahead;
    this.#back = back;
    this.#waits = waits;
    this.changed(0, undefined);
  }

  /** There are none. */
  get isClear(): boolean {
    return this.#isClear;
  }

  /** What is sent is lost, the end of the connection too. */
  get isLossy(): boolean {
    return this.#isDeaf || this.#ahead.isCut;
  }

  /** What comes waits for what came before it. */
  get isNarrow(): boolean {
    return this.#ahead.isNarrow;
  }

  /** Nothing passes, and nothing of it is lost. */
  isClosed(now: Micros): boolean {
    if (this.#isClear) return false;
    if (this.#ahead.isHeld || this.#ahead.isBarred || now < this.#retryAt) return true;
    if (!this.#back.isBarred) return false;
    return (
      this.#unacknowledged >= unacknowledgedMax ||
      (this.#since !== undefined && now >= this.#since + lossAfter(this.#waits))
    );
  }

  /** From here on what is sent goes nowhere. */
  deafen(): void {
    this.#isDeaf = true;
    this.#isClear = false;
  }

  /** What becomes of a message that has come so far. */
  fateOf(frames: Frames, now: Micros): Fate {
    if (this.isLossy) return lost;
    if (this.#back.isBarred) {
      this.#unacknowledged++;
      this.#since ??= now;
    }
    return this.#ahead.fateOf(frames);
  }

  /** Whether what that order keeps is still to be kept. */
  keeps(id: number): boolean {
    return this.#ahead.has(id);
  }

  /** What it adds to a message's time on its way; and what a message of so many bytes takes of the line. */
  delay(chance: () => number): Micros {
    return Math.round(this.#ahead.delayMs(chance) * 1000);
  }

  transmission(bytes: number): Micros {
    return Math.ceil((bytes * 1_000_000) / this.#ahead.bytesPerSec);
  }

  /** Something came back, and says what had been heard: that need not be sent again. False where that changes nothing. */
  acknowledged(now: Micros): boolean {
    if (!this.#waits.isTicking || !this.#isHeard || this.#retryAt <= now) return false;
    this.#retryAt = now;
    return true;
  }

  /**
   * Its conditions have changed, or TCP tries again. Returns when it next does, where it has to.
   *
   * @param waitsSince when the first left that has not passed.
   */
  changed(now: Micros, waitsSince: Micros | undefined): Micros | undefined {
    const isBarred = this.#ahead.isBarred || this.#back.isBarred;
    if (this.#wasBarred && !isBarred) {
      const since = Math.min(waitsSince ?? Number.POSITIVE_INFINITY, this.#since ?? Number.POSITIVE_INFINITY);
      this.#retryAt = since === Number.POSITIVE_INFINITY ? now : nextTry(since, now, this.#waits);
      this.#isHeard = waitsSince === undefined;
      this.#unacknowledged = 0;
      this.#since = undefined;
    }
    this.#wasBarred = isBarred;
    this.#isClear = this.#ahead.isClear && !this.#back.isBarred && !this.#isDeaf && now >= this.#retryAt;
    return now < this.#retryAt ? this.#retryAt : undefined;
  }
}

const lost: Fate = { ...passing, kind: 'drop-message' };
/** TCP sends so many segments without an acknowledgement, ten at least, and then no more; nor any once it takes the first for lost. */
const unacknowledgedMax = 10;

/**
 * How a client packs: a batch occupies one worker, so it is small enough that the others have some, and that nobody waits
 * behind it for long; and no smaller than makes a message worth its while.
 */
import type { Micros } from '../machine.ts';
import type { Packing } from '../parts/packing.ts';
import { type Pace, readPace } from './pace.ts';

export class Batches implements Packing {
  /** By peer; absent for a broker that takes no batches, or has not said anything yet. */
  readonly #paces: (Pace | undefined)[] = [];
  #heldUntil: Micros = NEVER;

  get deadline(): Micros {
    return this.#heldUntil;
  }

  answered(peer: number, leaseUntil: number): void {
    this.#paces[peer] = readPace(leaseUntil);
  }

  forget(peer: number): void {
    this.#paces[peer] = undefined;
  }

  limit(peer: number, pending: number): number {
    const pace = this.#paces[peer];
    if (pace === undefined) return 1;
    const several = Math.max(batchMin, Math.ceil(pending / messagesMin));
    const most = Math.min(countMax, pending, several, serviceMax / pace.each);
    const fair = Math.max(pending / pace.workers, serviceMin / pace.each);
    return Math.max(1, Math.floor(Math.min(most, Math.ceil(fair))));
  }

  /**
   * While much of what is pending is on its way, answers are about to bring more: one that leaves at once would be a message
   * of its own, and so would all that follow it.
   */
  holds(now: Micros, waiting: number, limit: number): boolean {
    const holds = limit >= heldFrom && waiting > 0 && waiting < limit && now < this.#heldUntil;
    if (!holds) this.#heldUntil = NEVER;
    else if (this.#heldUntil === NEVER) this.#heldUntil = now + holdMax;
    return holds;
  }
}

const NEVER = Number.POSITIVE_INFINITY;
/** Transactions in a batch. */
export const countMax = 512;
/** Messages that what is pending is to make: with fewer, client, broker and workers take turns instead of working at once. */
const messagesMin = 2;
/** Of fewer than these not, as a message costs all of them more than what is in it. */
const batchMin = 32;
/** How long a worker may be occupied by a batch, and how long it should be, so that the message is worth its while. */
const serviceMax: Micros = 1_000;
const serviceMin: Micros = 200;
/** Batches smaller than this are not waited for. */
const heldFrom = 4;
const holdMax: Micros = 1_000;

/**
 * Draws by the moment in which they are made, and by their order within it. So a draw stays what it is when something that
 * drew before is taken away: keyed by its number, it would not.
 */
import type { Micros } from '../../../patterns/machine.ts';
import { drawNth } from '../../../patterns/parts/chance.ts';
import type { EventQueue } from './event-queue.ts';

export class Moments {
  readonly #queue: EventQueue;
  readonly #seed: number;
  #at: Micros = -1;
  #drawn = 0;

  constructor(queue: EventQueue, seed: number) {
    this.#queue = queue;
    this.#seed = seed;
  }

  /** In [0, 1). */
  draw(): number {
    const { now } = this.#queue;
    if (now !== this.#at) {
      this.#at = now;
      this.#drawn = 0;
    }
    return drawNth(this.#seed ^ Math.imul(now, 0x9e3779b1), this.#drawn++);
  }
}

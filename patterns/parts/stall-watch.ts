/**
 * Notices that this process stood still. It looks at the clock at least every so often; a gap means that nobody here was
 * awake, and that what is read right after it may have lain in buffers ever since.
 */
import type { Micros } from '../machine.ts';

export class StallWatch {
  #last: Micros;
  #stalledFrom: Micros = Number.NEGATIVE_INFINITY;
  #stalledUntil: Micros = Number.NEGATIVE_INFINITY;

  constructor(now: Micros = Number.POSITIVE_INFINITY) {
    this.#last = now;
  }

  /** When it wants to look again. */
  get deadline(): Micros {
    return this.#last + lookEvery;
  }

  look(now: Micros): void {
    if (now - this.#last > gapMin) {
      this.#stalledFrom = this.#last;
      this.#stalledUntil = now;
    }
    this.#last = now;
  }

  /** The earliest moment at which what is read now may have arrived. */
  arrival(now: Micros): Micros {
    return now < this.#stalledUntil + backlogTime ? this.#stalledFrom : now;
  }

  /** Whether this process stood still at some time since then. */
  hasStalledSince(then: Micros): boolean {
    return this.#stalledUntil > then;
  }
}

const lookEvery: Micros = 50_000;
const gapMin: Micros = 150_000;
/** How long it may take to read what had gathered. */
const backlogTime: Micros = 100_000;

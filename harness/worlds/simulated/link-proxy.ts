/** The proxy of all links that have one: a process, which does one thing after the other. */
import type { Micros } from '../../../patterns/machine.ts';
import type { EventQueue } from './event-queue.ts';
import { obeying, opening, openingBusy, within } from './timings.ts';

export class LinkProxy {
  readonly #queue: EventQueue;
  readonly #passing: Micros;
  #busyUntil: Micros = 0;

  /** @param passing what it adds to a message's time. */
  constructor(queue: EventQueue, passing: Micros) {
    this.#queue = queue;
    this.#passing = passing;
  }

  /** What it adds to the time of a message now: it may have other things to do first. */
  get takes(): Micros {
    return Math.max(0, this.#busyUntil - this.#queue.now) + this.#passing;
  }

  /** It has an order about so many connections, one after the other: how long until it has obeyed about half of them. */
  obeys(connections: number): Micros {
    const takes = connections * obeying;
    return this.#busy(takes) - takes / 2;
  }

  /** How much longer hands are shaken by it, in three steps. For the first time it opens a connection of its own. */
  shakes(isOpened: boolean, chance: number): Micros {
    const steps = 3 * this.#passing;
    return isOpened ? steps : steps + this.#busy(openingBusy) + within(opening, chance);
  }

  #busy(by: Micros): Micros {
    const { now } = this.#queue;
    this.#busyUntil = Math.max(this.#busyUntil, now) + by;
    return this.#busyUntil - now;
  }
}

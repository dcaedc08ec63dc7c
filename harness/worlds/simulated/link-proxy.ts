/** The proxy of all links that have one: a process, which does one thing after the other. */
import type { Micros } from '../../../patterns/machine.ts';
import type { EventQueue } from './event-queue.ts';
import { opening, openingBusy, within } from './timings.ts';

export class LinkProxy {
  readonly #queue: EventQueue;
  readonly #passing: Micros;
  readonly #connection: Micros;
  #busyUntil: Micros = 0;

  /**
   * @param passing what it adds to a message's time.
   * @param connection what it takes for each connection that it has an order about.
   */
  constructor(queue: EventQueue, passing: Micros, connection: Micros) {
    this.#queue = queue;
    this.#passing = passing;
    this.#connection = connection;
  }

  /** What it adds to the time of a message now: it may have other things to do first. */
  get takes(): Micros {
    return Math.max(0, this.#busyUntil - this.#queue.now) + this.#passing;
  }

  /** It has an order about so many connections: how long until it has obeyed. */
  obeys(connections: number): Micros {
    return this.#busy(connections * this.#connection);
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

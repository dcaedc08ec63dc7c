/**
 * Whoever conducts a run. On a machine whose orders take time it is a process among others: it tells one after the other, the
 * first by code that is cold, who is to go on does so a while later, and its timers fire late. Elsewhere it stands outside of time.
 */
import type { Micros } from '../../../patterns/machine.ts';
import type { EventQueue } from './event-queue.ts';
import { Moments } from './moments.ts';
import { isMachine, type Pace } from './pace.ts';
import type { States } from './states.ts';
import { conductorLag, continuing, within } from './timings.ts';

/** What a run is conducted by. */
export interface Conducting {
  readonly seed: number;
  readonly pace: Pace;
  readonly states: States;
}

export class Conductor {
  readonly isTimed: boolean;
  readonly #queue: EventQueue;
  /** What its scripts wait for. */
  readonly #states: States;
  readonly #chance: Moments;
  readonly #order: Micros;
  /** Tells the script that waits that its time has come. */
  readonly #resolve: (resolve: () => void) => void;
  #cold: Micros;
  #busyUntil: Micros = 0;

  constructor(queue: EventQueue, { seed, pace, states }: Conducting, resolve: (resolve: () => void) => void) {
    this.#states = states;
    this.#resolve = resolve;
    this.isTimed = isMachine(pace);
    this.#queue = queue;
    this.#chance = new Moments(queue, seed);
    this.#order = Math.round((pace.orderMs ?? 0) * 1000);
    this.#cold = Math.round((pace.coldMs ?? 0) * 1000);
  }

  /** Resolves after so long. */
  waits(micros: Micros): Promise<void> {
    return new Promise((waited) => this.#queue.at(this.#queue.now + micros, () => this.#resolve(waited)));
  }

  /** It gives an order: how long until that has been told. */
  tells(): Micros {
    if (!this.isTimed) return 0;
    const { now } = this.#queue;
    const takes = this.#states.isLookedFor ? lookingFactor * this.#order : this.#order;
    this.#busyUntil = Math.max(this.#busyUntil, now) + takes + this.#cold;
    this.#cold = 0;
    return this.#busyUntil - now;
  }

  /** It lets a process go on: how long until that does. */
  continues(): Micros {
    return this.isTimed ? within(continuing, this.#chance.draw()) : 0;
  }

  /** It wants to go on itself: how much later it does. */
  oversleeps(): Micros {
    return this.isTimed ? within(conductorLag, this.#chance.draw()) : 0;
  }
}

/**
 * It looks for a state again and again, which takes one of two cores: of three resets at one time the first was told after 3.5 ms,
 * and after 2.1 where nobody looked.
 */
const lookingFactor = 2;

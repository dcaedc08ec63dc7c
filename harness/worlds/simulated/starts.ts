/** How long processes take to start: on a machine of known pace the longer, the more of them start at one time. */
import type { Micros } from '../../../patterns/machine.ts';
import type { EventQueue } from './event-queue.ts';
import type { Pace } from './pace.ts';
import { boot, within } from './timings.ts';

export class Starts {
  readonly #queue: EventQueue;
  readonly #known: Pace['start'];
  #underWay = 0;

  constructor(queue: EventQueue, known: Pace['start']) {
    this.#queue = queue;
    this.#known = known;
  }

  /** Calls back when a process that starts now is ready. */
  begin(chance: number, ready: () => void): void {
    const queue = this.#queue;
    if (this.#known === undefined) {
      queue.at(queue.now + within(boot, chance), ready);
      return;
    }
    const { aloneMs, besideMs } = this.#known;
    this.#underWay++;
    const began = queue.now;
    // After all that start at this time have said so: they hinder each other alike.
    queue.at(began + atOneTime, () => {
      const usualMs = aloneMs + besideMs * (this.#underWay - 1);
      queue.at(Math.max(queue.now, began + Math.round(1000 * usualMs * (0.9 + 0.2 * chance))), () => {
        this.#underWay--;
        ready();
      });
    });
  }
}

/** What a few orders given at one time take. */
const atOneTime: Micros = 10_000;

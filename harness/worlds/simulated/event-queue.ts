/**
 * Virtual time: what is to happen, earliest first, and in the order of its planning where two are due at once. A binary
 * heap in parallel arrays, because a campaign plans tens of millions of events.
 */
import type { Micros } from '../../../patterns/machine.ts';

export type Happening = () => void;

export class EventQueue {
  #times = new Float64Array(256);
  #orders = new Float64Array(256);
  readonly #happenings: (Happening | undefined)[] = [];
  #size = 0;
  #planned = 0;
  #now: Micros;

  constructor(now: Micros) {
    this.#now = now;
  }

  get now(): Micros {
    return this.#now;
  }

  /** How many events have been planned since the beginning. */
  get planned(): number {
    return this.#planned;
  }

  /** When the next event is due; Infinity where there is none. */
  get next(): Micros {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#times[0]!;
  }

  /** Plans something; what is already over happens now. */
  at(time: Micros, happening: Happening): void {
    if (this.#size === this.#times.length) this.#grow();
    this.#rise(this.#size++, time > this.#now ? time : this.#now, this.#planned++, happening);
  }

  /** Goes to the next event's time and lets it happen; false where there is none. */
  step(): boolean {
    if (this.#size === 0) return false;
    const happening = this.#happenings[0]!;
    this.#now = this.#times[0]!;
    const last = --this.#size;
    const moved = this.#happenings[last]!;
    this.#happenings[last] = undefined;
    if (last > 0) this.#sink(this.#times[last]!, this.#orders[last]!, moved);
    happening();
    return true;
  }

  #rise(from: number, time: Micros, order: number, happening: Happening): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#times[parent]! <= time) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#put(place, time, order, happening);
  }

  #sink(time: Micros, order: number, happening: Happening): void {
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#isBefore(child + 1, child)) child++;
      const isLater = this.#times[child]! > time || (this.#times[child]! === time && this.#orders[child]! > order);
      if (isLater) break;
      this.#move(child, place);
      place = child;
    }
    this.#put(place, time, order, happening);
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#times[a]! - this.#times[b]!;
    return difference < 0 || (difference === 0 && this.#orders[a]! < this.#orders[b]!);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from]!, this.#orders[from]!, this.#happenings[from]!);
  }

  #put(place: number, time: Micros, order: number, happening: Happening): void {
    this.#times[place] = time;
    this.#orders[place] = order;
    this.#happenings[place] = happening;
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    const orders = new Float64Array(this.#orders.length * 2);
    times.set(this.#times);
    orders.set(this.#orders);
    this.#times = times;
    this.#orders = orders;
  }
}

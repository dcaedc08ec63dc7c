/**
 * The one ordered structure for deadlines: a binary heap over slot numbers, each at most once in it. Adding in order
 * costs a comparison, taking out any slot is logarithmic, and nothing is allocated until it must grow.
 */
import type { Micros, Slot } from '../machine.ts';
import { twice } from './numbers.ts';

export class Deadlines {
  #heap = new Int32Array(16);
  #size = 0;
  #at = new Float64Array(16);
  #place = new Int32Array(16).fill(-1);

  /** The earliest deadline; Infinity when there is none. */
  get next(): Micros {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#at[this.#heap[0]!]!;
  }

  /** That slot's, or the last it had. */
  of(slot: Slot): Micros {
    return this.#at[slot]!;
  }

  set(slot: Slot, at: Micros): void {
    this.#grow(slot);
    this.remove(slot);
    this.#at[slot] = at;
    this.#put(this.#size++, slot);
    this.#rise(this.#size - 1);
  }

  remove(slot: Slot): void {
    const place = slot < this.#place.length ? this.#place[slot]! : -1;
    if (place < 0) return;
    this.#place[slot] = -1;
    const last = this.#heap[--this.#size]!;
    if (last === slot) return;
    this.#put(place, last);
    this.#sink(place);
    this.#rise(this.#place[last]!);
  }

  /** Takes out and returns a slot whose deadline has come, or -1. */
  due(now: Micros): Slot {
    if (this.#size === 0) return -1;
    const slot = this.#heap[0]!;
    if (this.#at[slot]! > now) return -1;
    this.remove(slot);
    return slot;
  }

  #put(place: number, slot: Slot): void {
    this.#heap[place] = slot;
    this.#place[slot] = place;
  }

  #rise(from: number): void {
    const slot = this.#heap[from]!;
    const at = this.#at[slot]!;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.#heap[parent]!;
      if (this.#at[above]! <= at) break;
      this.#put(place, above);
      place = parent;
    }
    this.#put(place, slot);
  }

  #sink(from: number): void {
    const slot = this.#heap[from]!;
    const at = this.#at[slot]!;
    let place = from;
    for (let child = 2 * place + 1; child < this.#size; child = 2 * place + 1) {
      if (child + 1 < this.#size && this.#at[this.#heap[child + 1]!]! < this.#at[this.#heap[child]!]!) child++;
      const below = this.#heap[child]!;
      if (this.#at[below]! >= at) break;
      this.#put(place, below);
      place = child;
    }
    this.#put(place, slot);
  }

  #grow(slot: Slot): void {
    if (this.#size === this.#heap.length) this.#heap = twice(this.#heap);
    while (slot >= this.#place.length) {
      this.#at = twice(this.#at);
      this.#place = twice(this.#place, -1);
    }
  }
}

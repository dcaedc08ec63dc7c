/**
 * The one ordered structure for deadlines. Most are set in order, since most timeouts are alike: those stand in a list,
 * where adding and taking out cost the same however many there are. The others are in a binary heap over slot numbers,
 * from which taking one out is logarithmic. Nothing is allocated until it must grow.
 */
import type { Micros, Slot } from '../machine.ts';
import { twice } from './numbers.ts';
import { SlotLists } from './slot-lists.ts';

export class Deadlines {
  /** Each no earlier than the one before. */
  readonly #lists = new SlotLists();
  #heap = new Int32Array(16);
  #size = 0;
  #at = new Float64Array(16);
  #place = new Int32Array(16).fill(NONE);

  /** The earliest deadline; Infinity when there is none. */
  get next(): Micros {
    const slot = this.#earliest;
    return slot === NONE ? Number.POSITIVE_INFINITY : this.#at[slot]!;
  }

  /** That slot's, or the last it had. */
  of(slot: Slot): Micros {
    return this.#at[slot]!;
  }

  set(slot: Slot, at: Micros): void {
    this.#grow(slot);
    this.remove(slot);
    this.#at[slot] = at;
    const last = this.#lists.last(IN_ORDER);
    if (last === NONE || at >= this.#at[last]!) {
      this.#lists.append(IN_ORDER, slot);
      return;
    }
    if (this.#size === this.#heap.length) this.#heap = twice(this.#heap);
    this.#put(this.#size++, slot);
    this.#rise(this.#size - 1);
  }

  remove(slot: Slot): void {
    this.#lists.remove(slot);
    const place = slot < this.#place.length ? this.#place[slot]! : NONE;
    if (place === NONE) return;
    this.#place[slot] = NONE;
    const last = this.#heap[--this.#size]!;
    if (last === slot) return;
    this.#put(place, last);
    this.#sink(place);
    this.#rise(this.#place[last]!);
  }

  /** Takes out and returns a slot whose deadline has come, or -1. */
  due(now: Micros): Slot {
    const slot = this.#earliest;
    if (slot === NONE || this.#at[slot]! > now) return NONE;
    this.remove(slot);
    return slot;
  }

  get #earliest(): Slot {
    const first = this.#lists.first(IN_ORDER);
    if (this.#size === 0) return first;
    const top = this.#heap[0]!;
    return first === NONE || this.#at[top]! < this.#at[first]! ? top : first;
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
    while (slot >= this.#place.length) {
      this.#at = twice(this.#at);
      this.#place = twice(this.#place, NONE);
    }
  }
}

const NONE: Slot = -1;
/** The list of those that came in order. */
const IN_ORDER = 0;

/**
 * Ordered lists of slots, threaded through two arrays: a slot is in one list at a time, and joining, leaving and
 * moving cost the same however long the lists are. What waits for a server and what each server holds are such lists.
 */
import type { Slot } from '../machine.ts';
import { twice } from './numbers.ts';

/** A list's name: a small number from 0. */
export type ListId = number;

export class SlotLists {
  #next = new Int32Array(16).fill(NONE);
  #previous = new Int32Array(16).fill(NONE);
  #list = new Int32Array(16).fill(NONE);
  readonly #first: Slot[] = [];
  readonly #last: Slot[] = [];
  readonly #length: number[] = [];

  length(list: ListId): number {
    return this.#length[list] ?? 0;
  }

  /** The list that slot is in, or -1. */
  listOf(slot: Slot): ListId {
    return slot < this.#list.length ? this.#list[slot]! : NONE;
  }

  first(list: ListId): Slot {
    return this.#first[list] ?? NONE;
  }

  last(list: ListId): Slot {
    return this.#last[list] ?? NONE;
  }

  /** The slot behind this one in its list, or -1. */
  after(slot: Slot): Slot {
    return this.#next[slot]!;
  }

  /** All of a list, in order; each may leave it, or move, when it has been had. */
  *slots(list: ListId): Iterable<Slot> {
    for (let slot = this.first(list); slot >= 0; ) {
      const next = this.after(slot);
      yield slot;
      slot = next;
    }
  }

  /** Moves the slot to the end of a list. */
  append(list: ListId, slot: Slot): void {
    this.#enter(list, slot);
    const last = this.#last[list]!;
    this.#previous[slot] = last;
    this.#next[slot] = NONE;
    if (last === NONE) this.#first[list] = slot;
    else this.#next[last] = slot;
    this.#last[list] = slot;
  }

  /** Moves the slot to the front of a list. */
  prepend(list: ListId, slot: Slot): void {
    this.#enter(list, slot);
    const first = this.#first[list]!;
    this.#next[slot] = first;
    this.#previous[slot] = NONE;
    if (first === NONE) this.#last[list] = slot;
    else this.#previous[first] = slot;
    this.#first[list] = slot;
  }

  remove(slot: Slot): void {
    const list = this.listOf(slot);
    if (list === NONE) return;
    const next = this.#next[slot]!;
    const previous = this.#previous[slot]!;
    if (previous === NONE) this.#first[list] = next;
    else this.#next[previous] = next;
    if (next === NONE) this.#last[list] = previous;
    else this.#previous[next] = previous;
    this.#list[slot] = NONE;
    this.#length[list] = this.#length[list]! - 1;
  }

  #enter(list: ListId, slot: Slot): void {
    while (slot >= this.#list.length) {
      this.#next = twice(this.#next, NONE);
      this.#previous = twice(this.#previous, NONE);
      this.#list = twice(this.#list, NONE);
    }
    this.remove(slot);
    this.#list[slot] = list;
    this.#first[list] ??= NONE;
    this.#last[list] ??= NONE;
    this.#length[list] = (this.#length[list] ?? 0) + 1;
  }
}

const NONE = -1;

/** What stands in a list carries its own links, so that putting it in and taking it out of any place costs nothing. */
export interface Linked<T> {
  next: T | undefined;
  previous: T | undefined;
}

/** A list of things that are each in at most one list at a time. */
export class LinkedList<T extends Linked<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  get first(): T | undefined {
    return this.#first;
  }

  get size(): number {
    return this.#size;
  }

  append(item: T): void {
    item.previous = this.#last;
    item.next = undefined;
    if (this.#last === undefined) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    this.#size++;
  }

  /** Takes out one that is in this list. */
  remove(item: T): void {
    const { next, previous } = item;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    item.next = undefined;
    item.previous = undefined;
    this.#size--;
  }

  /** Takes out the first. */
  shift(): T | undefined {
    const first = this.#first;
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Each in turn; the one that is given may be taken out meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    for (let item = this.#first; item !== undefined; ) {
      const { next } = item;
      yield item;
      item = next;
    }
  }
}

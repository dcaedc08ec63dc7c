/** Who may take one more: the least loaded first, and of those the one that has waited for work the longest. */
import { type Linked, LinkedList } from '../parts/linked-list.ts';

export interface Loaded<T> extends Linked<T> {
  /** How many it has. */
  readonly load: number;
  /** The load under which it is listed; -1 where it is not. */
  level: number;
}

export class Spare<T extends Loaded<T>> {
  readonly #levels: LinkedList<T>[] = [];
  #lowest = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(one: T): void {
    if (one.level >= 0) return;
    one.level = one.load;
    while (this.#levels.length <= one.level) this.#levels.push(new LinkedList());
    this.#levels[one.level]!.append(one);
    if (one.level < this.#lowest) this.#lowest = one.level;
    this.#size++;
  }

  remove(one: T): void {
    if (one.level < 0) return;
    this.#levels[one.level]!.remove(one);
    one.level = -1;
    this.#size--;
  }

  /** A load never jumps down unseen, so the search goes up only as far as loads went. */
  first(): T | undefined {
    if (this.#size === 0) return undefined;
    while (this.#levels[this.#lowest]!.first === undefined) this.#lowest++;
    return this.#levels[this.#lowest]!.first;
  }
}

/** Whom each pending transaction was given to: nobody else can answer it. Most are given to one, and take a place in one array. */
import type { Slot } from '../machine.ts';

export class Asked<Peer> {
  readonly #first: (Peer | undefined)[] = [];
  readonly #others = new Map<Slot, Set<Peer>>();

  /** Another transaction has that slot. */
  begin(slot: Slot): void {
    this.#first[slot] = undefined;
    if (this.#others.size > 0) this.#others.delete(slot);
  }

  add(slot: Slot, peer: Peer): void {
    const first = this.#first[slot];
    if (first === undefined) this.#first[slot] = peer;
    else if (first !== peer) this.#addOther(slot, peer);
  }

  has(slot: Slot, peer: Peer): boolean {
    return this.#first[slot] === peer || this.#others.get(slot)?.has(peer) === true;
  }

  #addOther(slot: Slot, peer: Peer): void {
    const others = this.#others.get(slot);
    if (others === undefined) this.#others.set(slot, new Set([peer]));
    else others.add(peer);
  }
}

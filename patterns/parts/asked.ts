/** Whom each pending transaction was given to: nobody else can answer it. Most are given to one, and take a place in one array. */
import type { Slot } from '../machine.ts';

export class Asked<Peer> {
  readonly #first: (Peer | undefined)[] = [];
  readonly #others: (Set<Peer> | undefined)[] = [];

  /** Another transaction has that slot. */
  begin(slot: Slot): void {
    this.#first[slot] = undefined;
    this.#others[slot] = undefined;
  }

  add(slot: Slot, peer: Peer): void {
    const first = this.#first[slot];
    if (first === undefined) this.#first[slot] = peer;
    else if (first !== peer) (this.#others[slot] ??= new Set()).add(peer);
  }

  has(slot: Slot, peer: Peer): boolean {
    return this.#first[slot] === peer || this.#others[slot]?.has(peer) === true;
  }
}

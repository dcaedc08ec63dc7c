/**
 * The transactions of one client that have not settled. Each has a slot, reused last in, first out, and a sequence
 * that is never reused; together they are its identity on the wire. Every entry has a deadline, and their number a limit.
 */
import { type Effects, FULL, type Micros, type Order, type Slot } from '../machine.ts';
import type { Delivery, Settlement } from '../transaction.ts';
import { Deadlines } from './deadlines.ts';

export class Pending {
  readonly #effects: Effects;
  readonly #limit: number;
  readonly #deadlines = new Deadlines();
  readonly #free: Slot[] = [];
  readonly #requests: (Uint8Array | undefined)[] = [];
  readonly #sequences: number[] = [];
  readonly #deadlineOf: Micros[] = [];
  readonly #deliveries: Delivery[] = [];
  readonly #attempts: number[] = [];
  readonly #doubts: number[] = [];
  #next: number;
  #size = 0;

  constructor(effects: Effects, limit: number, firstSequence: number) {
    this.#effects = effects;
    this.#limit = limit;
    this.#next = firstSequence;
  }

  get size(): number {
    return this.#size;
  }

  /** The earliest deadline of all. */
  get deadline(): Micros {
    return this.#deadlines.next;
  }

  /** Takes a transaction in, or answers FULL. */
  open(order: Order): Slot {
    if (this.#size >= this.#limit) return FULL;
    const slot = this.#free.pop() ?? this.#requests.length;
    this.#requests[slot] = order.request;
    this.#sequences[slot] = order.sequence ?? this.#next++;
    this.#deadlineOf[slot] = order.deadline;
    this.#deliveries[slot] = order.delivery;
    this.#attempts[slot] = 0;
    this.#doubts[slot] = 0;
    this.#deadlines.set(slot, order.deadline);
    this.#size++;
    return slot;
  }

  /** Whether that transaction is still to settle: false for a late reply to one whose slot has gone to another. */
  has(slot: Slot, sequence: number): boolean {
    return this.#requests[slot] !== undefined && this.#sequences[slot] === sequence;
  }

  isOpen(slot: Slot): boolean {
    return this.#requests[slot] !== undefined;
  }

  request(slot: Slot): Uint8Array {
    return this.#requests[slot]!;
  }

  sequence(slot: Slot): number {
    return this.#sequences[slot]!;
  }

  delivery(slot: Slot): Delivery {
    return this.#deliveries[slot]!;
  }

  attempt(slot: Slot): number {
    return this.#attempts[slot]!;
  }

  remaining(slot: Slot, now: Micros): Micros {
    return this.#deadlineOf[slot]! - now;
  }

  /** Attempts of which nobody has said that they were not, and will not be, executed. */
  doubts(slot: Slot): number {
    return this.#doubts[slot]!;
  }

  /** One more attempt leaves; from here on silence means doubt. */
  attempted(slot: Slot): void {
    this.#attempts[slot]!++;
    this.#doubts[slot]!++;
  }

  /** An attempt came back untaken: it never was one. */
  returned(slot: Slot): void {
    this.#attempts[slot]!--;
    this.cleared(slot);
  }

  /** An attempt certainly did not take place, and never will. */
  cleared(slot: Slot): void {
    if (this.#doubts[slot]! > 0) this.#doubts[slot]!--;
  }

  settle(slot: Slot, how: Settlement, body?: Uint8Array): void {
    this.#requests[slot] = undefined;
    this.#deadlines.remove(slot);
    this.#free.push(slot);
    this.#size--;
    this.#effects.settle(slot, how, body);
  }

  /** A slot whose deadline has come, or -1. The caller settles it with `settleLate`. */
  due(now: Micros): Slot {
    return this.#deadlines.due(now);
  }

  /** Says what can be said of a transaction that ran out of time: nothing more than its doubts allow. */
  settleLate(slot: Slot): void {
    const untaken = this.#attempts[slot] === 0 ? 'unsent' : 'not-executed';
    this.settle(slot, this.#doubts[slot] === 0 ? untaken : 'deadline');
  }

  /** The same for one that its caller gave up. */
  settleAbandoned(slot: Slot): void {
    this.settle(slot, this.#doubts[slot] === 0 ? 'withdrawn' : 'abandoned');
  }

  /** Every slot that is open. */
  *slots(): Iterable<Slot> {
    for (let slot = 0; slot < this.#requests.length; slot++) if (this.#requests[slot] !== undefined) yield slot;
  }
}

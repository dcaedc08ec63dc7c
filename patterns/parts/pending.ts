/**
 * The transactions of one client that have not settled. Each has a slot, reused last in, first out, and a sequence
 * that is never reused; together they are its identity on the wire. Every entry has a deadline, and their number a limit.
 */
import { type Effects, FULL, type Micros, type Order, type Slot } from '../machine.ts';
import type { Delivery, Settlement } from '../transaction.ts';
import { Deadlines } from './deadlines.ts';
import { type Envelope, nextPart } from './envelope.ts';
import { twice } from './numbers.ts';

export class Pending {
  readonly #effects: Effects;
  readonly #limit: number;
  readonly #deadlines = new Deadlines();
  readonly #requests: (Uint8Array | undefined)[] = [];
  #sequences = new Float64Array(slotsMin);
  #attempts = new Int32Array(slotsMin);
  /** A bit for each of the latest attempts that is in doubt, and one for any doubt older than they. */
  #doubts = new Int32Array(slotsMin);
  #traits = new Uint8Array(slotsMin);
  #free = new Int32Array(slotsMin);
  #freeCount = 0;
  /** How far those answers have come that come in parts. */
  readonly #progress = new Map<Slot, Progress>();
  #next: number;
  #size = 0;
  /** How many came due in this slice, and when the next slice may begin. */
  #dueInSlice = 0;
  #resumeAt: Micros = 0;

  constructor(effects: Effects, limit: number, firstSequence: number) {
    this.#effects = effects;
    this.#limit = limit;
    this.#next = firstSequence;
  }

  get size(): number {
    return this.#size;
  }

  /** When the next of them is due; later than its deadline while many are settled in slices. */
  get deadline(): Micros {
    return Math.max(this.#deadlines.next, this.#resumeAt);
  }

  /** Takes a transaction in, or answers FULL. */
  open(order: Order): Slot {
    if (this.#size >= this.#limit) return FULL;
    const slot = this.#freeCount > 0 ? this.#free[--this.#freeCount]! : this.#requests.length;
    if (slot >= this.#sequences.length) this.#grow();
    this.#requests[slot] = order.request;
    this.#sequences[slot] = order.sequence ?? this.#next++;
    // What a caller names ahead of us is not made a second time.
    if (order.sequence !== undefined && order.sequence >= this.#next && order.sequence < sequenceMax) {
      this.#next = order.sequence + 1;
    }
    this.#attempts[slot] = 0;
    this.#doubts[slot] = 0;
    this.#traits[slot] =
      (order.delivery === 'at-least-once' ? REPEATABLE : 0) | (order.inParts === true ? IN_PARTS : 0);
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
    return this.#is(slot, REPEATABLE) ? 'at-least-once' : 'at-most-once';
  }

  attempt(slot: Slot): number {
    return this.#attempts[slot]!;
  }

  remaining(slot: Slot, now: Micros): Micros {
    return this.#deadlines.of(slot) - now;
  }

  /** Whether another server may be asked where one may have executed it. */
  mayRepeat(slot: Slot): boolean {
    return this.#is(slot, REPEATABLE) && !this.hasBegun(slot);
  }

  /** Whether its caller has parts of an answer already: then no other will do. */
  hasBegun(slot: Slot): boolean {
    return this.#is(slot, IN_PARTS) && this.#progress.has(slot);
  }

  /** Hands on one part of an answer, if it is the next. A first part begins anew, unless the caller has seen others. */
  takePart(slot: Slot, envelope: Envelope): void {
    const { attempt, incarnation, part, payload } = envelope;
    const isFirst = part === 1 && !this.hasBegun(slot);
    if (!isFirst && !this.#isNext(slot, envelope)) return;
    this.#progress.set(slot, { attempt, incarnation, next: nextPart(part) });
    this.#effects.part(slot, payload, isFirst);
  }

  /** Whether that reply ends the answer: one that is whole, or the end of the parts that were taken, with none missing. */
  completes(slot: Slot, envelope: Envelope): boolean {
    const { part } = envelope;
    if (part === 0) return !this.hasBegun(slot);
    const isEmpty = part === 1 && !this.hasBegun(slot);
    return isEmpty || this.#isNext(slot, envelope);
  }

  #isNext(slot: Slot, { attempt, incarnation, part }: Envelope): boolean {
    const progress = this.#progress.get(slot);
    if (progress === undefined || part !== progress.next) return false;
    return attempt === progress.attempt && incarnation === progress.incarnation;
  }

  /** Whether there is an attempt of which nobody has said that it was not, and will not be, executed. */
  inDoubt(slot: Slot): boolean {
    return this.#doubts[slot] !== 0;
  }

  /** One more attempt leaves; from here on silence means doubt. */
  attempted(slot: Slot): void {
    const bit = doubtOf(++this.#attempts[slot]!);
    if ((this.#doubts[slot]! & bit) !== 0) this.#doubts[slot]! |= lastingDoubt;
    this.#doubts[slot]! |= bit;
  }

  /** The last attempt came back untaken: it never was one. */
  returned(slot: Slot): void {
    this.#doubts[slot]! &= ~doubtOf(this.#attempts[slot]!);
    this.#attempts[slot]!--;
  }

  /**
   * The attempt of that number certainly did not take place, and never will. A number that is not one of ours clears
   * nothing: a broker that gave the request to a second worker says what became of that one, not of the first.
   */
  cleared(slot: Slot, attempt: number): void {
    const made = this.#attempts[slot]!;
    if (attempt > made - doubtBits && attempt <= made) this.#doubts[slot]! &= ~doubtOf(attempt);
  }

  /** Somebody counted its attempts further: ours go on from there, so that of any two the later one has the higher number. */
  countedTo(slot: Slot, attempt: number): void {
    if (attempt <= this.#attempts[slot]!) return;
    this.#attempts[slot] = attempt;
    // Of what is in doubt so far nobody will say any more by which number it went.
    if (this.#doubts[slot] !== 0) this.#doubts[slot] = lastingDoubt;
  }

  /** A reply came that completes it. */
  commit(slot: Slot, { part, payload }: Envelope): void {
    if (part === 0) this.settle(slot, 'committed', payload);
    else this.settle(slot, 'committed');
  }

  /**
   * What a handler's exception means to its caller. After the deadline only that: a handler that was told to stop may throw
   * for that very reason, and its words may overtake a clock that is busy.
   */
  rejection(slot: Slot, now: Micros): Settlement {
    return this.remaining(slot, now) > 0 ? 'rejected' : 'deadline';
  }

  settle(slot: Slot, how: Settlement, body?: Uint8Array): void {
    this.#requests[slot] = undefined;
    this.#deadlines.remove(slot);
    if (this.#progress.size > 0) this.#progress.delete(slot);
    this.#free[this.#freeCount++] = slot;
    this.#size--;
    this.#effects.settle(slot, how, body);
  }

  /**
   * A slot whose deadline has come, or -1. The caller settles it with `settleLate`, and asks again until there is none:
   * where very many come due at once, none for now, so that heartbeats and replies have their turn in between.
   */
  due(now: Micros): Slot {
    if (now < this.#resumeAt) return -1;
    const slot = this.#dueInSlice < sliceMax ? this.#deadlines.due(now) : -1;
    if (slot >= 0) this.#dueInSlice++;
    else this.#endSlice(now);
    return slot;
  }

  #endSlice(now: Micros): void {
    if (this.#dueInSlice === sliceMax) this.#resumeAt = now + slicePause;
    this.#dueInSlice = 0;
  }

  /** Says what can be said of a transaction that ran out of time: nothing more than its doubts allow. */
  settleLate(slot: Slot): void {
    const untaken = this.#attempts[slot] === 0 ? 'unsent' : 'not-executed';
    this.settle(slot, this.inDoubt(slot) ? 'deadline' : untaken);
  }

  /** The same for one that its caller gave up. */
  settleAbandoned(slot: Slot): void {
    this.settle(slot, this.inDoubt(slot) ? 'abandoned' : 'withdrawn');
  }

  #is(slot: Slot, trait: number): boolean {
    return (this.#traits[slot]! & trait) !== 0;
  }

  #grow(): void {
    this.#sequences = twice(this.#sequences);
    this.#attempts = twice(this.#attempts);
    this.#doubts = twice(this.#doubts);
    this.#traits = twice(this.#traits);
    this.#free = twice(this.#free);
  }

  /** Every slot that is open. */
  *slots(): Iterable<Slot> {
    for (let slot = 0; slot < this.#requests.length; slot++) if (this.#requests[slot] !== undefined) yield slot;
  }
}

/** Of an answer in parts: whose it is and of which attempt, as brokers may count two to the same number; and the number of the next. */
interface Progress {
  readonly attempt: number;
  readonly incarnation: number;
  readonly next: number;
}

const slotsMin = 16;
/** Another server may be asked where one may have executed it. */
const REPEATABLE = 1;
/** Its caller takes parts as they come. */
const IN_PARTS = 2;

/** Transactions that are settled in one turn: that takes some 5 ms, what their callers make of it included. */
const sliceMax = 2048;
/** From the beginning of a slice to the next. Messages end turns too: without it they would bring the next one at once. */
const slicePause: Micros = 8_000;

const doubtBits = 31;
const lastingDoubt = 1 << doubtBits;

function doubtOf(attempt: number): number {
  return 1 << (attempt % doubtBits);
}

/** The largest that an id may have: sequences take 48 bits on the wire. */
const sequenceMax = 2 ** 48 - 1;

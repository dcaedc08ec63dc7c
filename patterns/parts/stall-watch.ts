/**
 * Notices that this process stood still. It looks at the clock at least every so often; a gap means that nobody here was
 * awake, and that what is read right after it may have lain in buffers ever since.
 */
import type { Micros } from '../machine.ts';

export class StallWatch {
  #last: Micros;
  #stalledFrom: Micros = Number.NEGATIVE_INFINITY;
  #stalledUntil: Micros = Number.NEGATIVE_INFINITY;
  /** Until when what gathered since then may be read, however slowly. */
  #readUntil: Micros = Number.NEGATIVE_INFINITY;
  /** The widest gap of late. */
  #widestFrom: Micros = 0;
  #widestUntil: Micros = 0;
  /** Whether leases count from arrivals. */
  #isRelied = false;
  /** A gap longer than this is a stall. */
  #tolerance: Micros = toleranceMax;

  constructor(now: Micros = Number.POSITIVE_INFINITY) {
    this.#last = now;
  }

  /** When it wants to look again. */
  get deadline(): Micros {
    return this.#last + Math.ceil(this.#tolerance / looksPerTolerance);
  }

  /**
   * From now on nothing may seem to have arrived later than it did by more than a third of that lease, which is what
   * whoever gave it has left for that. What was read just now is looked at anew.
   */
  expect(lease: Micros): void {
    this.#isRelied = true;
    const tolerance = Math.max(toleranceMin, Math.min(this.#tolerance, Math.floor(lease / 3)));
    if (tolerance === this.#tolerance) return;
    this.#tolerance = tolerance;
    const isOfLate = this.#last <= this.#widestUntil + this.#backlogTime;
    if (isOfLate && this.#widestUntil - this.#widestFrom > tolerance)
      this.#stalled(this.#widestFrom, this.#widestUntil);
  }

  look(now: Micros): void {
    const gap = now - this.#last;
    if (gap > this.#widestUntil - this.#widestFrom || now > this.#widestUntil + this.#backlogTime) {
      this.#widestFrom = this.#last;
      this.#widestUntil = now;
    }
    if (gap > this.#tolerance) this.#stalled(this.#last, now);
    this.#last = now;
  }

  /** The earliest moment at which what is read now may have arrived. */
  arrival(now: Micros): Micros {
    return now < this.#oldUntil ? this.#stalledFrom : now;
  }

  /** Whether this process stood still at some time since then. */
  hasStalledSince(then: Micros): boolean {
    return this.#stalledUntil > then;
  }

  /** How long it may take to read what had gathered: a shorter stall has gathered less. */
  get #backlogTime(): Micros {
    return Math.max(backlogTimeMin, Math.min(this.#tolerance, backlogTimeMax));
  }

  get #oldUntil(): Micros {
    return this.#isRelied ? this.#readUntil : this.#stalledUntil + this.#backlogTime;
  }

  /**
   * What gathered may come as slowly as it gathered: a machine with no processor to spare reads its buffers late, and stands
   * still again before it has read them.
   */
  #stalled(from: Micros, until: Micros): void {
    const left = this.#readUntil - from;
    if (from >= this.#oldUntil) this.#stalledFrom = from;
    this.#stalledUntil = until;
    this.#readUntil = until + Math.max(left, this.#backlogTime, Math.min(until - from, slowReadingMax));
  }
}

const toleranceMax: Micros = 150_000;
/** Timers come in whole milliseconds, and late: below this every second look would seem a stall. */
const toleranceMin: Micros = 6_000;
const looksPerTolerance = 3;
const backlogTimeMin: Micros = 10_000;
const backlogTimeMax: Micros = 100_000;
/** So long a server refuses what is new, after a long freeze: it can't tell it from what is old. */
const slowReadingMax: Micros = 500_000;

/**
 * Notices that this process stood still. It looks at the clock at least every so often; a gap means that nobody here was
 * awake, and that what is read right after it may have lain in buffers ever since.
 */
import type { Micros } from '../machine.ts';

export class StallWatch {
  #last: Micros;
  #stalledFrom: Micros = Number.NEGATIVE_INFINITY;
  #stalledUntil: Micros = Number.NEGATIVE_INFINITY;
  /** The widest gap of late. */
  #widestFrom: Micros = 0;
  #widestUntil: Micros = 0;
  /** Until when what is read may have gathered in it. */
  #backlogUntil: Micros = Number.NEGATIVE_INFINITY;
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

  /**
   * The earliest moment at which what is read now may have arrived. Where leases count from that, what has gathered may come
   * slowly, as where processors are short: while it comes, it is as old as the stall, and takes no longer to come than that took.
   */
  arrival(now: Micros): Micros {
    if (now >= this.#backlogUntil) return now;
    if (this.#isRelied) {
      const longest = Math.min(this.#stalledUntil - this.#stalledFrom, slowBacklogMax);
      const next = Math.min(now + this.#backlogTime, this.#stalledUntil + longest);
      this.#backlogUntil = Math.max(this.#backlogUntil, next);
    }
    return this.#stalledFrom;
  }

  /** Whether this process stood still at some time since then. */
  hasStalledSince(then: Micros): boolean {
    return this.#stalledUntil > then;
  }

  /** How long it may take to read what had gathered: a shorter stall has gathered less. */
  get #backlogTime(): Micros {
    return Math.max(backlogTimeMin, Math.min(this.#tolerance, backlogTimeMax));
  }

  #stalled(from: Micros, until: Micros): void {
    this.#stalledFrom = from;
    this.#stalledUntil = until;
    this.#backlogUntil = until + this.#backlogTime;
  }
}

const toleranceMax: Micros = 150_000;
/** Timers come in whole milliseconds, and late: below this every second look would seem a stall. */
const toleranceMin: Micros = 6_000;
const looksPerTolerance = 3;
const backlogTimeMin: Micros = 10_000;
const backlogTimeMax: Micros = 100_000;
/** A server under steady load reads something new all the time: beyond this it is. */
const slowBacklogMax: Micros = 500_000;

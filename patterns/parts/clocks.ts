/** What may be believed of clocks and timers. */
import type { Micros } from '../machine.ts';

/** By how much two machines' clocks may drift apart within a timeout: a tenth of it, which is far more than they do. */
export function driftWithin(timeout: Micros): Micros {
  return Math.max(driftMin, timeout / driftShare);
}

/** For how long this process stood still before it came to a deadline, and heard nobody; 0 where it did not. */
export function stoodStill(now: Micros, deadline: Micros): Micros {
  const late = now - deadline;
  return late > stallTolerance ? late : 0;
}

const driftShare = 10;
const driftMin: Micros = 1_000;
/** A timer may be this late without anything being wrong. */
const stallTolerance: Micros = 50_000;

/** Holds a variant to what it says of itself: each claim beside what was observed. */
import type { Claims } from '../patterns/pattern.ts';
import type { Delivery } from '../patterns/transaction.ts';
import type { Verdict } from './verdict.ts';

export interface ClaimCheck {
  readonly claim: string;
  readonly kept: boolean;
  /** What was seen instead, where it was not kept. */
  readonly observed?: string;
}

/**
 * The claims that a run under `fault` (`none` without one) can test. Honesty is claimed for every pattern. What is said
 * of faults that are survived, and how soon, is said of what may be tried again; of `at-most-once` it is that nothing
 * takes place twice.
 */
export function checkClaims(claims: Claims, fault: string, verdict: Verdict, delivery: Delivery): ClaimCheck[] {
  const checks = [check('tells no lies', verdict.honest, lies(verdict))];
  const mayRepeat = delivery === 'at-least-once';
  if (claims.survives.includes(fault) && (mayRepeat || fault === 'none')) checks.push(survival(fault, verdict));
  checks.push(execution(mayRepeat ? claims.executes : 'at most once', verdict));
  const limitMs = claims.failoverMs[fault];
  if (limitMs !== undefined && mayRepeat) checks.push(failover(limitMs, verdict));
  return checks;
}

/** An unknown outcome is a loss to the caller, executed or not; so is a refusal, and a promise that never settles. */
function survival(fault: string, { unknown, refused, stuck }: Verdict): ClaimCheck {
  const claim = fault === 'none' ? 'loses nothing without a fault' : `loses nothing to ${fault}`;
  return check(claim, unknown + refused + stuck === 0, `${unknown} unknown, ${refused} refused, ${stuck} stuck`);
}

function execution(executes: Claims['executes'], { duplicated, phantom }: Verdict): ClaimCheck {
  return executes === 'at most once'
    ? check('executes at most once', duplicated === 0, `${duplicated} duplicated`)
    : check('executes what it commits', phantom === 0, `${phantom} phantoms`);
}

function failover(limitMs: number, { failoverMs }: Verdict): ClaimCheck {
  const observed = failoverMs === null ? 'nothing failed over' : `took ${Math.round(failoverMs)} ms`;
  return check(`fails over within ${limitMs} ms`, failoverMs !== null && failoverMs <= limitMs, observed);
}

function lies({ phantom, falseRefusals, mismatched, stuck }: Verdict): string {
  return `${phantom} phantoms, ${falseRefusals} false refusals, ${mismatched} mismatched, ${stuck} stuck`;
}

function check(claim: string, kept: boolean, observed: string): ClaimCheck {
  return kept ? { claim, kept } : { claim, kept, observed };
}

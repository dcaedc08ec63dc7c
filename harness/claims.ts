/** Holds a variant to what it says of itself: each claim beside what was observed. */
import type { Claims } from '../patterns/pattern.ts';
import type { Verdict } from './verdict.ts';

export interface ClaimCheck {
  readonly claim: string;
  readonly kept: boolean;
}

/** The claims that a run under `fault` (`none` without one) can test. Honesty is claimed for every pattern. */
export function checkClaims(claims: Claims, fault: string, verdict: Verdict): ClaimCheck[] {
  const checks: ClaimCheck[] = [{ claim: 'tells no lies', kept: verdict.honest }];
  if (claims.survives.includes(fault)) checks.push(survival(fault, verdict));
  checks.push(execution(claims.executes, verdict));
  const limitMs = claims.failoverMs[fault];
  if (limitMs !== undefined) checks.push(failover(limitMs, verdict));
  return checks;
}

/** An unknown outcome is a loss to the caller, executed or not; so is a refusal, and a promise that never settles. */
function survival(fault: string, { unknown, refused, stuck }: Verdict): ClaimCheck {
  const claim = fault === 'none' ? 'loses nothing without a fault' : `loses nothing to ${fault}`;
  return { claim, kept: unknown + refused + stuck === 0 };
}

function execution(executes: Claims['executes'], { duplicated, phantom }: Verdict): ClaimCheck {
  return executes === 'at most once'
    ? { claim: 'executes at most once', kept: duplicated === 0 }
    : { claim: 'executes what it commits', kept: phantom === 0 };
}

function failover(limitMs: number, { failoverMs }: Verdict): ClaimCheck {
  return { claim: `fails over within ${limitMs} ms`, kept: failoverMs !== null && failoverMs <= limitMs };
}

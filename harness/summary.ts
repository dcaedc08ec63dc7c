/** What a run came to: the row of the comparison, and what is needed to make it again. */
import { variantOf } from '../patterns/names.ts';
import type { AnyPattern } from '../patterns/pattern.ts';
import { type ClaimCheck, checkClaims } from './claims.ts';
import { type Machine, machine } from './machine.ts';
import { faultName } from './scenario.ts';
import { type Evidence, type Judgement, judge, type Verdict } from './verdict.ts';

export interface ResultRow extends Verdict {
  readonly pattern: string;
  readonly variant: string;
  readonly fault: string;
  readonly claims: readonly ClaimCheck[];
}

export interface Summary {
  readonly id: string;
  readonly seed: number;
  readonly row: ResultRow;
  readonly machine: Machine;
  /** What each raw file of the run comes to, by its name in the run's folder. */
  readonly files: Readonly<Record<string, string>>;
}

export function summarize(
  id: string,
  evidence: Evidence,
  pattern: AnyPattern,
  files: Summary['files'],
): { readonly summary: Summary; readonly judgement: Judgement } {
  const { scenario } = evidence;
  const judgement = judge(evidence);
  const [name, variant] = variantOf(pattern, scenario.variant);
  const fault = faultName(scenario);
  const { verdict } = judgement;
  const delivery = scenario.load.delivery ?? variant.deliveries[0];
  const claims = checkClaims(variant.claims, fault, verdict, delivery);
  const row: ResultRow = { pattern: pattern.name, variant: name, fault, ...verdict, claims };
  return { summary: { id, seed: scenario.seed, row, machine: machine(), files }, judgement };
}

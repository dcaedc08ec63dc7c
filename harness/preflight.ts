/** Whether this machine can do what scenarios ask for. What it can't is skipped, and the reason said: no run says nothing. */
import { findFaults } from './registry.ts';
import type { Scenario } from './scenario.ts';

export interface Skipped {
  readonly scenario: string;
  readonly pattern: string;
  /** The fault's name, and why there is none here. */
  readonly reason: string;
}

/** Why it can't be run here; undefined where it can. */
export async function missingFor(scenario: Scenario): Promise<string | undefined> {
  const faults = await findFaults();
  for (const name of new Set(scenario.faults.map(({ fault }) => fault))) {
    const missing = await faults.get(name)?.preflight?.();
    if (missing !== undefined) return `${name}: ${missing}`;
  }
  return undefined;
}

/** Those that can be run here, and those that can't. */
export async function preflight(
  scenarios: readonly Scenario[],
): Promise<{ readonly possible: readonly Scenario[]; readonly skipped: readonly Skipped[] }> {
  const missing = await Promise.all(scenarios.map(missingFor));
  const skipped = scenarios.flatMap(({ name, pattern }, index): Skipped[] => {
    const reason = missing[index];
    return reason === undefined ? [] : [{ scenario: name, pattern, reason }];
  });
  return { possible: scenarios.filter((_, index) => missing[index] === undefined), skipped };
}

/** A line for each reason, with how many runs it costs. */
export function skippedLines(skipped: readonly Skipped[]): string[] {
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const count = skipped.filter((one) => one.reason === reason).length;
    return `skipped, ${count === 1 ? 'one run' : `${count} runs`}: ${reason}`;
  });
}

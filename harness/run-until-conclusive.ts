/** Runs a scenario until the run proves something: a machine that was busy elsewhere says nothing of a pattern. */
import { type RunOptions, run } from './run.ts';
import type { Scenario } from './scenario.ts';
import type { Summary } from './summary.ts';

/**
 * Every run that was made; the last one counts. None is hidden, one that proved a lie is not made again, and after so
 * many that proved nothing the last one stands.
 */
export async function runUntilConclusive(scenario: Scenario, options: RunOptions, triesMax = 3): Promise<Summary[]> {
  const tries = [await run(scenario, options)];
  while (!tries.at(-1)!.row.conclusive && tries.at(-1)!.row.honest && tries.length < triesMax) {
    tries.push(await run(scenario, options));
  }
  return tries;
}

/** What is said of a run that was made again: which it was, and why. */
export function repeatLine({ id, row }: Summary): string {
  return `run again, as it proved nothing: ${id} (${row.doubts.join('; ')})`;
}

/** Runs a scenario until the run proves something: a machine that was busy elsewhere says nothing of a pattern. */
import { type RunOptions, run } from './run.ts';
import type { Scenario } from './scenario.ts';
import type { Summary } from './summary.ts';

/** Makes one run. A campaign's tests have one that is quicker. */
export type Runner = (scenario: Scenario, options: RunOptions) => Promise<Summary>;

export interface TryOptions extends RunOptions {
  /** Runs of the same that were made before, and proved nothing. */
  readonly before?: readonly Summary[];
  readonly runner?: Runner;
}

/**
 * Every run that was made; the last one counts. None is hidden, one that proved a lie is not made again, and after so
 * many that proved nothing the last one stands.
 */
export async function runUntilConclusive(
  scenario: Scenario,
  { before = [], runner = run, ...options }: TryOptions,
  triesMax = triesAtMost,
): Promise<Summary[]> {
  const tries = [...before];
  while (!isSettled(tries, triesMax)) tries.push(await runner(scenario, options));
  return tries;
}

/** Whether the last of these runs stands. */
export function isSettled(tries: readonly Summary[], triesMax = triesAtMost): boolean {
  const last = tries.at(-1)?.row;
  return last !== undefined && (last.conclusive || !last.honest || tries.length >= triesMax);
}

/** What is said of a run that was made again: which it was, and why. */
export function repeatLine({ id, row }: Pick<Summary, 'id' | 'row'>): string {
  return `run again, as it proved nothing: ${id} (${row.doubts.join('; ')})`;
}

const triesAtMost = 3;

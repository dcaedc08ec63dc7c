/** A run of the harness as a question makes it: until it proves something, and with nothing kept on disk but its summary. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunOptions } from '../harness/run.ts';
import { runUntilConclusive } from '../harness/run-until-conclusive.ts';
import type { Scenario } from '../harness/scenario.ts';
import type { Summary } from '../harness/summary.ts';

export interface LastTry {
  readonly summary: Summary;
  /** Runs before it that proved nothing, as when the machine was busy elsewhere. */
  readonly repeats: number;
}

/** A quick question has one try only. */
export async function lastTry(scenario: Scenario, options: RunOptions, quick: boolean): Promise<LastTry> {
  const tries = await runUntilConclusive(scenario, options, quick ? 1 : triesMax);
  for (const { id } of tries) rmSync(join(options.runsFolder, id), { recursive: true, force: true });
  return { summary: tries.at(-1)!, repeats: tries.length - 1 };
}

const triesMax = 3;

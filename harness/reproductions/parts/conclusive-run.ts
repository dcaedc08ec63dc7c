/** A run for a reproduction: made again while it proves nothing, as a busy machine has it, and then not taken for a figure. */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { collectEvidence } from '../../evidence.ts';
import { runUntilConclusive } from '../../run-until-conclusive.ts';
import { parseScenario, type ScenarioInput } from '../../scenario.ts';
import type { ResultRow } from '../../summary.ts';
import type { Evidence } from '../../verdict.ts';
import { type ReproductionOptions, silently } from '../reproduction.ts';

export interface ConclusiveRun {
  readonly row: ResultRow;
  readonly evidence: Evidence;
}

/** @throws {Error} where each of so many runs proved nothing. */
export async function conclusiveRun(
  scenario: Omit<ScenarioInput, 'seed'>,
  options: ReproductionOptions,
): Promise<ConclusiveRun> {
  const tries = await runUntilConclusive(
    parseScenario({ ...scenario, seed: options.seed }),
    silently(options),
    triesMax,
  );
  const { id, row } = tries.at(-1)!;
  for (const before of tries.slice(0, -1)) rmSync(join(options.runsFolder, before.id), { recursive: true });
  if (!row.conclusive) throw new Error(`${id} proved nothing: ${row.doubts.join('; ')}`);
  return { row, evidence: collectEvidence(resolve(options.runsFolder, id)) };
}

/** A trial strikes once, and so proves less often than a campaign’s run that anything was struck as it was meant to be. */
const triesMax = 6;

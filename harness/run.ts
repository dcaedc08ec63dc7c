/**
 * The story of a run on one page: a scenario becomes a world, load runs beside faults, everything heals and drains,
 * and what is left behind, the history and the ledgers, is judged and reported.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MisuseError } from '../patterns/transaction.ts';
import { checkScenario } from './check-scenario.ts';
import { collectEvidence, digestsOf, writeEvidence } from './evidence.ts';
import type { WorldName } from './faults/fault.ts';
import { missingFor } from './preflight.ts';
import { findFaults } from './registry.ts';
import { exhibitOf } from './report/exhibit.ts';
import { writeRunPage } from './report/run-page.ts';
import { newId } from './run-id.ts';
import { faultName, type Scenario, simulatedAlone } from './scenario.ts';
import { tell } from './story.ts';
import { type Summary, summarize } from './summary.ts';
import { placesOf, resolveFaults } from './targets.ts';
import { ProcessWorld } from './worlds/processes/world.ts';
import { SimulatedWorld } from './worlds/simulated/world.ts';

export type { WorldName } from './faults/fault.ts';

export interface RunOptions {
  /** Where run folders are made. */
  readonly runsFolder: string;
  /** Further folders of patterns. */
  readonly patternFolders?: readonly string[];
  readonly signal?: AbortSignal;
  /** `processes` by default. */
  readonly world?: WorldName;
  /** Whether processes write down what their machines are told and do, for `replay`. */
  readonly records?: boolean;
  readonly onPhase?: (phase: string) => void;
}

/** @throws {MisuseError} before anything starts; {Error} when the world could not be run, or not on this machine. */
export async function run(given: Scenario, options: RunOptions): Promise<Summary> {
  const found = await checkScenario(given, options.patternFolders, options.world);
  const faults = await findFaults();
  const scenario = resolveFaults(given, placesOf(given, found.pattern), faults);
  const alone = options.world === 'simulated' ? undefined : simulatedAlone(scenario);
  if (alone !== undefined) throw new MisuseError(...alone, 'only the simulated world has any');
  const missing = options.world === 'simulated' ? undefined : await missingFor(scenario);
  if (missing !== undefined) throw new Error(`skipped: ${missing}`);
  const id = runId(scenario);
  const folder = resolve(options.runsFolder, id);
  mkdirSync(join(folder, 'ledgers'), { recursive: true });
  writeFileSync(join(folder, 'scenario.json'), `${JSON.stringify(scenario, undefined, 2)}\n`);
  if (options.world === 'simulated') {
    const world = new SimulatedWorld(scenario, found.pattern);
    await tell(world, scenario, faults, options.onPhase);
    if (world.failures.length > 0) throw new Error(world.failures[0]);
    writeEvidence(folder, world.evidence);
  } else {
    const signal = options.signal ?? new AbortController().signal;
    const world = new ProcessWorld(scenario, found, folder, signal, options.records);
    await tell(world, scenario, faults, options.onPhase);
  }
  const evidence = collectEvidence(folder);
  const { summary, judgement } = summarize(id, evidence, found.pattern, digestsOf(folder));
  writeFileSync(join(folder, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
  writeRunPage(folder, exhibitOf(summary, judgement, evidence), evidence);
  return summary;
}

function runId(scenario: Scenario): string {
  const what = [scenario.pattern, scenario.variant, faultName(scenario)];
  return newId(...what.filter((part) => part !== undefined));
}

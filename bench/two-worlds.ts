/**
 * Do the two worlds agree? The same scenarios, over libzmq with real signals and over the model in virtual time. What the
 * simulator finds is only worth something if its world is like the real one.
 */

import { machine } from '../harness/machine.ts';
import { findPatterns } from '../harness/registry.ts';
import type { WorldName } from '../harness/run.ts';
import { parseScenario } from '../harness/scenario.ts';
import type { ResultRow } from '../harness/summary.ts';
import { variantOf } from '../patterns/names.ts';
import { lastTry } from './last-try.ts';
import type { AskOptions, Question, RawResult } from './question.ts';
import { withRunFolder } from './run-folder.ts';

export interface TwoWorldsResult extends RawResult {
  /** So many runs in each world, each of a seed of its own. */
  readonly runs: { readonly processes: number; readonly simulated: number };
  readonly rows: readonly TwoWorldsRow[];
}

/** What is compared, in milliseconds or transactions. */
export const comparedFigures = ['failoverMs', 'blackoutMs', 'unknown', 'delayed'] as const;
export type ComparedFigure = (typeof comparedFigures)[number];

export interface TwoWorldsRow {
  readonly pattern: string;
  readonly variant: string;
  readonly fault: string;
  /** Of each figure, every run's. */
  readonly processes: Readonly<Record<ComparedFigure, readonly number[]>>;
  readonly simulated: Readonly<Record<ComparedFigure, readonly number[]>>;
}

export const twoWorlds: Question = {
  name: 'two-worlds',
  asks: 'Does the simulated world suffer from a fault as the real one does?',
  async ask(options): Promise<TwoWorldsResult> {
    const { quick, seed } = options;
    const where = machine();
    const runs = { processes: quick ? 1 : 5, simulated: quick ? 5 : 20 };
    const rows: TwoWorldsRow[] = [];
    const doubts: string[] = [];
    await withRunFolder(async (folder) => {
      for (const { pattern } of (await findPatterns()).values()) {
        for (const variant of Object.keys(pattern.variants)) {
          // A trial has the time for one of each pattern.
          if (quick && variant !== Object.keys(pattern.variants)[0]) continue;
          for (const fault of quick ? ['kill'] : ['kill', 'pause']) {
            const name = `${variantOf(pattern, variant)[0]} of ${pattern.name}, ${fault}`;
            const ask = (world: WorldName) =>
              figuresOf({ pattern: pattern.name, variant, fault }, world, runs[world], options, folder);
            options.onPhase(`two worlds: ${name}`);
            const [processes, simulated] = [await ask('processes'), await ask('simulated')];
            rows.push({
              pattern: pattern.name,
              variant,
              fault,
              processes: processes.figures,
              simulated: simulated.figures,
            });
            doubts.push(...[...processes.doubts, ...simulated.doubts].map((doubt) => `${name}: ${doubt}`));
          }
        }
      }
    });
    const conclusive = doubts.length === 0;
    return { question: twoWorlds.name, quick, seed, machine: where, conclusive, doubts, runs, rows };
  },
};

async function figuresOf(
  { pattern, variant, fault }: { pattern: string; variant: string; fault: string },
  world: WorldName,
  runs: number,
  { seed, quick, signal }: AskOptions,
  runsFolder: string,
): Promise<{ readonly figures: TwoWorldsRow['processes']; readonly doubts: readonly string[] }> {
  const rows: ResultRow[] = [];
  for (let n = 0; n < runs; n++) {
    const faults = [{ fault, atMs: 1000, jitterMs: 200, durationMs: 1000 }];
    const scenario = parseScenario({ name: 'two-worlds', pattern, variant, seed: seed + n, faults });
    const { summary } = await lastTry(scenario, { runsFolder, signal, world }, quick);
    rows.push(summary.row);
  }
  const of = (figure: ComparedFigure) => rows.map((row) => row[figure] ?? 0);
  const figures = {
    failoverMs: of('failoverMs'),
    blackoutMs: of('blackoutMs'),
    unknown: of('unknown'),
    delayed: of('delayed'),
  };
  return { figures, doubts: rows.flatMap((row) => (row.honest ? row.doubts : ['told its caller what is not so'])) };
}

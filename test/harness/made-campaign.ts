/** Campaigns whose runs are made by hand: what each came to is said by the test, and is on disk as a run's summary is. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plan, planCampaign } from '../../harness/campaigns/plan.ts';
import { machine } from '../../harness/machine.ts';
import type { RunOptions } from '../../harness/run.ts';
import type { Runner } from '../../harness/run-until-conclusive.ts';
import { faultName, type Scenario } from '../../harness/scenario.ts';
import type { ResultRow, Summary } from '../../harness/summary.ts';
import { verdict } from '../report/made.ts';

export function planOf(options: Partial<Parameters<typeof planCampaign>[0]> = {}): Promise<Plan> {
  return planCampaign({
    command: 'privateer compare --repeat 2 --seed 7',
    asked: { repeat: 2 },
    repeats: 2,
    contestants: ['freelance', 'majordomo'],
    scenarios: ['none', 'kill-and-restart', 'broker-kill'],
    changes: { seed: 7 },
    patternFolders: [],
    ...options,
  });
}

export interface MadeRun {
  readonly scenario: Scenario;
  readonly runsFolder: string;
  readonly summary: Summary;
}

/** A runner, and the runs it has made. `come` says what the next one comes to, by its number from 0. */
export function madeRunner(
  come: (scenario: Scenario, number: number, options: RunOptions) => Partial<ResultRow> = () => ({}),
): {
  readonly runner: Runner;
  readonly made: MadeRun[];
} {
  const made: MadeRun[] = [];
  const runner: Runner = (scenario, options) => {
    const summary = summaryOf(
      scenario,
      `run-${String(made.length).padStart(4, '0')}`,
      come(scenario, made.length, options),
    );
    const folder = join(options.runsFolder, summary.id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'summary.json'), JSON.stringify(summary));
    made.push({ scenario, runsFolder: options.runsFolder, summary });
    return Promise.resolve(summary);
  };
  return { runner, made };
}

function summaryOf(scenario: Scenario, id: string, figures: Partial<ResultRow>): Summary {
  const { pattern, variant, seed } = scenario;
  const row: ResultRow = {
    ...verdict({ due: 1000, committed: 1000, p50Ms: 6, p99Ms: 10, worstMs: 20 }),
    pattern,
    variant: variant!,
    fault: faultName(scenario),
    claims: [{ claim: 'tells no lies', kept: true }],
    ...figures,
  };
  return { id, seed, row, machine: machine(), files: {} };
}

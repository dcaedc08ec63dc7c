/**
 * Do the documented heartbeats raise a false alarm? A detector is only worth its speed if it is quiet where nothing is
 * wrong: servers near their capacity, for long, and no fault.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { collectEvidence } from '../harness/evidence.ts';
import { run } from '../harness/run.ts';
import { parseScenario, type Scenario, type ScenarioInput } from '../harness/scenario.ts';
import type { Summary } from '../harness/summary.ts';
import { join as joined } from '../harness/transactions.ts';
import type { Evidence } from '../harness/verdict.ts';
import type { AskOptions, Question, RawResult } from './question.ts';
import { withRunFolder } from './run-folder.ts';
import { where } from './where.ts';

export interface SuspicionResult extends RawResult {
  /** The share of its capacity that each pattern was loaded with. */
  readonly loadShare: number;
  readonly rows: readonly SuspicionRow[];
}

export interface SuspicionRow {
  readonly pattern: string;
  readonly minutes: number;
  /** Commits a second of a closed loop of twelve. */
  readonly capacityPerSec: number;
  readonly ratePerSec: number;
  readonly due: number;
  /** Peers that the client suspected for their silence. */
  readonly suspicions: number;
  /** Transactions with more than one attempt, whoever made it: a broker's suspicion of a worker shows here. */
  readonly masked: number;
  readonly delayed: number;
  readonly lost: number;
  readonly unknown: number;
  readonly worstMs: number;
}

export const suspicion: Question = {
  name: 'suspicion',
  asks: 'Do the documented heartbeats raise a false alarm where nothing is wrong?',
  async ask(options): Promise<SuspicionResult> {
    const { quick, seed } = options;
    const measuredAt = where();
    const rows: SuspicionRow[] = [];
    const doubts: string[] = [];
    await withRunFolder(async (folder) => {
      for (const pattern of quick ? patterns.slice(0, 1) : patterns) {
        const [row, doubted] = await askOne(pattern, options, folder);
        rows.push(row);
        doubts.push(...doubted);
      }
    });
    const conclusive = doubts.length === 0;
    return { question: suspicion.name, quick, seed, machine: measuredAt, conclusive, doubts, loadShare, rows };
  },
};

async function askOne(pattern: string, options: AskOptions, folder: string): Promise<[SuspicionRow, string[]]> {
  const { quick, seed, onPhase } = options;
  const minutes = options.minutes ?? (quick ? quickMinutes : fullMinutes);
  onPhase(`suspicion: the capacity of ${pattern}`);
  const durationMs = quick ? 1500 : 6000;
  const closed = { model: 'closed', window: 12, durationMs } as const;
  const capacity = await done(scenarioOf(pattern, 'capacity', seed, closed), options, folder, capacityOf);
  const ratePerSec = Math.floor(capacity.figure * loadShare);
  onPhase(`suspicion: ${pattern}, ${ratePerSec} a second for ${minutes} minutes`);
  const open = { ratePerSec, durationMs: Math.round(minutes * 60_000) };
  const quiet = await done(scenarioOf(pattern, 'suspicion', seed, open), options, folder, alarmsIn);
  const { due, delayed, lost, unknown, worstMs } = quiet.summary.row;
  const counts = { due, ...quiet.figure, delayed, lost, unknown, worstMs };
  const row = { pattern, minutes, capacityPerSec: Math.round(capacity.figure), ratePerSec, ...counts };
  return [row, [capacity.summary, quiet.summary].flatMap(doubtsOf)];
}

function scenarioOf(pattern: string, name: string, seed: number, load: ScenarioInput['load']): Scenario {
  return parseScenario({
    name,
    pattern,
    seed,
    topology: { servers: 3 },
    load,
    handler: { serviceMs: 5, concurrency: 1 },
  });
}

/** Runs a scenario, makes a figure of what it left, and removes that: minutes of history are large. */
async function done<Figure>(
  scenario: Scenario,
  { signal }: AskOptions,
  runsFolder: string,
  figureOf: (evidence: Evidence) => Figure,
): Promise<{ readonly summary: Summary; readonly figure: Figure }> {
  const summary = await run(scenario, { runsFolder, signal });
  const folder = join(runsFolder, summary.id);
  const figure = figureOf(collectEvidence(folder));
  rmSync(folder, { recursive: true, force: true });
  return { summary, figure };
}

/** Commits a second, without the processes' own warming up. */
function capacityOf({ scenario, history }: Evidence): number {
  const began = history.find(({ kind }) => kind === 'began')!.at;
  const from = began + warmUpMs * 1000;
  const until = began + scenario.load.durationMs * 1000;
  const commits = history.filter(({ kind, at }) => kind === 'settled' && at >= from && at < until);
  return commits.length / ((until - from) / 1_000_000);
}

function alarmsIn({ history, ledgers }: Evidence): Pick<SuspicionRow, 'suspicions' | 'masked'> {
  const silences = history.filter((line) => line.kind === 'peer' && !line.up && line.cause === 'silence');
  const again = joined(history, ledgers).transactions.filter(({ attempts }) => attempts > 1);
  return { suspicions: silences.length, masked: again.length };
}

function doubtsOf({ row }: Summary): string[] {
  if (!row.honest) return [`${row.pattern}: told its caller what is not so`];
  return row.doubts.map((doubt) => `${row.pattern}: ${doubt}`);
}

const patterns = ['freelance', 'majordomo'];
const loadShare = 0.8;
const warmUpMs = 500;
const fullMinutes = 10;
const quickMinutes = 0.05;

/**
 * How long does a failover take, and is anything lost? One run with one fault each, many of them: transactions of one
 * run share its fate, so the unit is the kill. Kills test the retry, pauses the detector; both, always.
 */
import { machine } from '../harness/machine.ts';
import { parseScenario, type Scenario } from '../harness/scenario.ts';
import type { Summary } from '../harness/summary.ts';
import { lastTry } from './last-try.ts';
import type { AskOptions, Question, RawResult } from './question.ts';
import { withRunFolder } from './run-folder.ts';
import { boundOfNone, type Estimate, estimate } from './statistics.ts';

export interface FailoverResult extends RawResult {
  readonly load: { readonly ratePerSec: number; readonly serviceMs: number; readonly concurrency: number };
  readonly rows: readonly FailoverRow[];
  readonly runs: readonly FailoverRun[];
}

export interface FailoverRow {
  readonly pattern: string;
  readonly fault: string;
  readonly runs: number;
  /** Transactions that were handed to a second server, and committed. */
  readonly dealtAgain: number;
  readonly lost: number;
  readonly unknown: number;
  readonly duplicated: number;
  readonly lateExecutions: number;
  /** Null where no run had one. */
  readonly failoverMs: Range | null;
  readonly blackoutMs: Range | null;
  /** With 95 %, no more than this share is lost, of those dealt again and of the faults; null where any was. */
  readonly lossBound: { readonly ofDealtAgain: number; readonly ofRuns: number } | null;
  readonly conclusive: boolean;
}

interface Range extends Estimate {
  readonly min: number;
  readonly max: number;
}

export interface FailoverRun {
  readonly pattern: string;
  readonly fault: string;
  readonly seed: number;
  readonly failoverMs: number | null;
  readonly blackoutMs: number | null;
  readonly lost: number;
  readonly unknown: number;
  readonly duplicated: number;
  readonly lateExecutions: number;
  readonly masked: number;
  /** Runs before this one that proved nothing, as when the machine was busy elsewhere. */
  readonly repeats: number;
  readonly honest: boolean;
  readonly conclusive: boolean;
  readonly doubts: readonly string[];
}

export const failover: Question = {
  name: 'failover',
  asks: 'How long does a failover take, and is anything lost?',
  async ask(options): Promise<FailoverResult> {
    const { quick, seed } = options;
    const where = machine();
    const runs = await withRunFolder((folder) => runAll(options, folder));
    const rows = cellsOf(quick).map(([pattern, fault]) => {
      const own = runs.filter((each) => each.pattern === pattern && each.fault === fault);
      return rowOf(pattern, fault, own, seed);
    });
    const doubts = [...runs.flatMap(runDoubts), ...rows.flatMap(rowDoubts)];
    const conclusive = doubts.length === 0;
    return { question: failover.name, quick, seed, machine: where, conclusive, doubts, load, rows, runs };
  },
};

/** Every pattern meets the same arrivals and the same moment of the fault; who is first goes round. */
async function runAll(options: AskOptions, runsFolder: string): Promise<FailoverRun[]> {
  const { seed, quick, signal, onPhase } = options;
  const kills = options.kills ?? (quick ? quickKills : fullKills);
  const runs: FailoverRun[] = [];
  const cells = cellsOf(quick);
  for (let turn = 0; turn < kills; turn++) {
    for (let i = 0; i < cells.length; i++) {
      const [pattern, fault] = cells[(i + turn) % cells.length]!;
      onPhase(`failover: ${turn + 1} of ${kills}: ${pattern}, ${fault}`);
      const scenario = scenarioOf(pattern, fault, (seed + turn) % 2 ** 32);
      const { summary, repeats } = await lastTry(scenario, { runsFolder, signal }, quick);
      runs.push(runOf(summary, repeats));
    }
  }
  return runs;
}

function scenarioOf(pattern: string, fault: Fault, seed: number): Scenario {
  const { ratePerSec, serviceMs, concurrency } = load;
  return parseScenario({
    name: `failover-${fault}`,
    pattern,
    seed,
    topology: { servers: 3 },
    load: { ratePerSec, arrivals: 'poisson', durationMs: 2600 },
    handler: { serviceMs, concurrency },
    restart: `after:${durations.kill}`,
    delayedMs: 100,
    faults: [{ fault, atMs: 1000, jitterMs: 500, trigger: 'holding-in-flight', durationMs: durations[fault] }],
  });
}

function runOf({ seed, row }: Summary, repeats: number): FailoverRun {
  const { pattern, fault, failoverMs, blackoutMs, lost, unknown, duplicated, lateExecutions, masked } = row;
  const { honest, conclusive, doubts } = row;
  const counts = { lost, unknown, duplicated, lateExecutions, masked };
  return { pattern, fault, seed, failoverMs, blackoutMs, ...counts, repeats, honest, conclusive, doubts };
}

function rowOf(pattern: string, fault: string, runs: readonly FailoverRun[], seed: number): FailoverRow {
  const sum = (count: 'masked' | 'lost' | 'unknown' | 'duplicated' | 'lateExecutions') =>
    runs.reduce((total, each) => total + each[count], 0);
  const dealtAgain = sum('masked');
  const lost = sum('lost');
  const row = {
    pattern,
    fault,
    runs: runs.length,
    dealtAgain,
    lost,
    unknown: sum('unknown'),
    duplicated: sum('duplicated'),
    lateExecutions: sum('lateExecutions'),
    failoverMs: rangeOf(
      runs.map(({ failoverMs }) => failoverMs),
      seed,
    ),
    blackoutMs: rangeOf(
      runs.map(({ blackoutMs }) => blackoutMs),
      seed,
    ),
    lossBound: lost > 0 ? null : { ofDealtAgain: boundOfNone(dealtAgain), ofRuns: boundOfNone(runs.length) },
  };
  const conclusive = dealtAgain >= enoughDealtAgain && runs.every((each) => each.conclusive && each.honest);
  return { ...row, conclusive };
}

function rangeOf(given: readonly (number | null)[], seed: number): Range | null {
  const figures = given.filter((figure) => figure !== null);
  if (figures.length === 0) return null;
  return { ...estimate(figures, seed), min: Math.min(...figures), max: Math.max(...figures) };
}

function runDoubts({ pattern, fault, seed, honest, conclusive, doubts }: FailoverRun): string[] {
  const which = `${pattern}, ${fault}, seed ${seed}`;
  if (!honest) return [`${which}: told its caller what is not so`];
  return conclusive ? [] : [`${which}: ${doubts.join('; ')}`];
}

function rowDoubts({ pattern, fault, dealtAgain, runs }: FailoverRow): string[] {
  if (dealtAgain >= enoughDealtAgain) return [];
  return [`${pattern}, ${fault}: ${dealtAgain} dealt again in ${runs} runs, fewer than ${enoughDealtAgain}`];
}

type Fault = 'kill' | 'pause';

const load = { ratePerSec: 1000, serviceMs: 20, concurrency: 16 };
const durations = { kill: 700, pause: 1500 };
const cells: readonly (readonly [string, Fault])[] = [
  ['freelance', 'kill'],
  ['majordomo', 'kill'],
  ['freelance', 'pause'],
  ['majordomo', 'pause'],
];
const fullKills = 20;
const quickKills = 1;

/** A trial kills alone: a pause takes as long as a heartbeat's timeout, and more. */
function cellsOf(quick: boolean): typeof cells {
  return quick ? cells.filter(([, fault]) => fault === 'kill') : cells;
}

/** With fewer, "none was lost" says too little: at a hundred the rule of three bounds the loss at 3 %. */
const enoughDealtAgain = 100;

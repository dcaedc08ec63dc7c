/**
 * How long does a failover take, and is anything lost? One run with one fault each, many of them: transactions of one
 * run share its fate, so the unit is the kill. Kills test the retry, pauses the detector; both, always.
 */
import { parseScenario, type Scenario } from '../harness/scenario.ts';
import { Journal } from './journal.ts';
import { type LastTry, lastTry } from './last-try.ts';
import type { AskOptions, Question, RawResult } from './question.ts';
import { withRunFolder } from './run-folder.ts';
import { type Estimate, estimate, estimateQuantile } from './statistics.ts';
import { where } from './where.ts';

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
  readonly unknown: number;
  readonly duplicated: number;
  /** Faults by which any was lost, and after which any execution began that its caller had been told of. */
  readonly lostIn: number;
  readonly lateIn: number;
  /** Missing where no run had one. */
  readonly failoverMs?: Spread;
  readonly blackoutMs?: Spread;
  readonly conclusive: boolean;
}

interface Spread extends Estimate {
  readonly p99: Estimate;
  readonly max: number;
}

export interface FailoverRun {
  readonly pattern: string;
  readonly fault: string;
  readonly seed: number;
  /** Missing where the fault hit nothing. */
  readonly failoverMs?: number;
  readonly blackoutMs?: number;
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
    const measuredAt = where();
    const runs = await withRunFolder((folder) => runAll(options, folder));
    const rows = cellsOf(quick).map(([pattern, fault]) => {
      const own = runs.filter((each) => each.pattern === pattern && each.fault === fault);
      return rowOf(pattern, fault, own, seed);
    });
    const doubts = [...runs.flatMap(runDoubts), ...rows.flatMap(rowDoubts)];
    const conclusive = doubts.length === 0;
    return { question: failover.name, quick, seed, machine: measuredAt, conclusive, doubts, load, rows, runs };
  },
};

/** Every pattern meets the same arrivals and the same moment of the fault; who is first goes round. */
async function runAll(options: AskOptions, runsFolder: string): Promise<FailoverRun[]> {
  const { seed, quick, signal, onPhase } = options;
  const kills = options.kills ?? (quick ? quickKills : fullKills);
  const runs: FailoverRun[] = [];
  const cells = cellsOf(quick);
  const journal = new Journal<FailoverRun>(`runs/bench-failover${quick ? '-trial' : ''}.jsonl`, options.resume);
  for (let turn = 0; turn < kills; turn++) {
    for (let i = 0; i < cells.length; i++) {
      const [pattern, fault] = cells[(i + turn) % cells.length]!;
      onPhase(`failover: ${turn + 1} of ${kills}: ${pattern}, ${fault}`);
      const scenario = scenarioOf(pattern, fault, (seed + turn) % 2 ** 32);
      const make = async (before: FailoverRun | undefined) =>
        runOf(await lastTry(scenario, { runsFolder, signal }, quick), before);
      runs.push(await journal.once(`${pattern} ${fault} ${scenario.seed}`, make, stands));
    }
  }
  if (runs.every(stands)) journal.end();
  return runs;
}

/** What a busy machine left unproved is made again by whoever resumes. A lie is not. */
function stands({ conclusive, honest }: FailoverRun): boolean {
  return conclusive || !honest;
}

function scenarioOf(pattern: string, fault: Fault, seed: number): Scenario {
  const { ratePerSec, serviceMs, concurrency } = load;
  return parseScenario({
    name: `failover-${fault}`,
    pattern,
    seed,
    topology: { servers: 3 },
    // Until the cure, and some time after it.
    load: { ratePerSec, arrivals: 'poisson', durationMs: 1500 + durations[fault] },
    handler: { serviceMs, concurrency },
    restart: `after:${durations.kill}`,
    delayedMs: 100,
    faults: [{ fault, atMs: 1000, jitterMs: 500, trigger: 'holding-in-flight', durationMs: durations[fault] }],
  });
}

function runOf({ summary: { seed, row }, repeats: repeatsNow }: LastTry, before: FailoverRun | undefined): FailoverRun {
  const { pattern, fault, failoverMs, blackoutMs, lost, unknown, duplicated, lateExecutions, masked } = row;
  const { honest, conclusive, doubts } = row;
  const repeats = repeatsNow + (before === undefined ? 0 : before.repeats + 1);
  const counts = { lost, unknown, duplicated, lateExecutions, masked };
  const times = {
    ...(failoverMs === null ? {} : { failoverMs }),
    ...(blackoutMs === null ? {} : { blackoutMs }),
  };
  return { pattern, fault, seed, ...times, ...counts, repeats, honest, conclusive, doubts };
}

function rowOf(pattern: string, fault: string, runs: readonly FailoverRun[], seed: number): FailoverRow {
  const sum = (count: 'masked' | 'unknown' | 'duplicated') => runs.reduce((total, each) => total + each[count], 0);
  const dealtAgain = sum('masked');
  return {
    pattern,
    fault,
    runs: runs.length,
    dealtAgain,
    unknown: sum('unknown'),
    duplicated: sum('duplicated'),
    lostIn: runs.filter(({ lost }) => lost > 0).length,
    lateIn: runs.filter(({ lateExecutions }) => lateExecutions > 0).length,
    ...spreadOf('failoverMs', runs, seed),
    ...spreadOf('blackoutMs', runs, seed),
    conclusive: dealtAgain >= enoughDealtAgain && runs.every((each) => each.conclusive && each.honest),
  };
}

/** Under its own name; nothing where no run had any. */
function spreadOf(name: 'failoverMs' | 'blackoutMs', runs: readonly FailoverRun[], seed: number): Partial<FailoverRow> {
  const figures = runs.map((each) => each[name]).filter((one) => one !== undefined);
  if (figures.length === 0) return {};
  const p99 = estimateQuantile(figures, 0.99, seed);
  return { [name]: { ...estimate(figures, seed), p99, max: Math.max(...figures) } };
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

/** So brisk that its victim holds several, and no brisker: two full cores delay failovers, and generators, by themselves. */
const load = { ratePerSec: 400, serviceMs: 20, concurrency: 16 };
/** A pause outlasts the patience of heartbeats, 600 ms at most, so that what thaws is a zombie. */
const durations = { kill: 300, pause: 1000 };
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

/**
 * How soon after a SIGKILL is everything that its victim held done, net of service? Many short runs under a brisk load,
 * one kill each, at no fixed phase of anybody's heartbeat; the unit is the kill.
 */
import { parseScenario, type Scenario } from '../harness/scenario.ts';
import type { Summary } from '../harness/summary.ts';
import { lastTry } from './last-try.ts';
import type { AskOptions, Question, RawResult } from './question.ts';
import { withRunFolder } from './run-folder.ts';
import { type Estimate, estimate, estimateQuantile } from './statistics.ts';
import { where } from './where.ts';

export interface KillsResult extends RawResult {
  readonly load: { readonly ratePerSec: number; readonly serviceMs: number; readonly concurrency: number };
  /** How many of each pattern were asked for. */
  readonly asked: number;
  readonly rows: readonly KillsRow[];
  readonly kills: readonly Kill[];
}

export interface KillsRow {
  readonly pattern: string;
  readonly kills: number;
  /** From the kill until the last transaction that its victim had is settled, less one service. */
  readonly netMs: Estimate;
  readonly net95Ms: Estimate;
  readonly netMostMs: number;
  readonly blackoutMs: Estimate;
  readonly dealtAgain: number;
  readonly lost: number;
  readonly unknown: number;
  readonly duplicated: number;
  readonly lateExecutions: number;
}

export interface Kill {
  readonly pattern: string;
  readonly seed: number;
  readonly failoverMs: number;
  readonly blackoutMs: number;
  readonly masked: number;
  readonly lost: number;
  readonly unknown: number;
  readonly duplicated: number;
  readonly lateExecutions: number;
  /** Runs before this one that proved nothing, as when the machine was busy elsewhere. */
  readonly repeats: number;
}

export const kills: Question = {
  name: 'kills',
  asks: 'How soon after a SIGKILL is everything that its victim held done, net of service?',
  async ask(options): Promise<KillsResult> {
    const { quick, seed } = options;
    const measuredAt = where();
    const asked = options.kills ?? (quick ? quickKills : fullKills);
    const { done, doubts } = await withRunFolder((folder) => killAll(asked, options, folder));
    const rows = patterns.flatMap((pattern) => {
      const own = done.filter((kill) => kill.pattern === pattern);
      return own.length === 0 ? [] : [rowOf(pattern, own, seed)];
    });
    const conclusive = doubts.length === 0;
    return {
      question: kills.name,
      quick,
      seed,
      machine: measuredAt,
      conclusive,
      doubts,
      load,
      asked,
      rows,
      kills: done,
    };
  },
};

/** Only a run that proved something is among those done. */
async function killAll(
  count: number,
  { quick, seed, signal, onPhase }: AskOptions,
  runsFolder: string,
): Promise<{ readonly done: Kill[]; readonly doubts: string[] }> {
  const [done, doubts]: [Kill[], string[]] = [[], []];
  for (let turn = 0; turn < count; turn++) {
    for (const pattern of patterns) {
      onPhase(`kills: ${turn + 1} of ${count}: ${pattern}`);
      const scenario = scenarioOf(pattern, (seed + turn) % 2 ** 32);
      const { summary: last, repeats } = await lastTry(scenario, { runsFolder, signal }, quick);
      const kill = killOf(last, repeats);
      if (kill === undefined || !last.row.conclusive || !last.row.honest) doubts.push(doubtOf(last));
      else done.push(kill);
    }
  }
  return { done, doubts };
}

function scenarioOf(pattern: string, seed: number): Scenario {
  const { ratePerSec, serviceMs, concurrency } = load;
  return parseScenario({
    name: 'kills',
    pattern,
    seed,
    topology: { servers: 3 },
    load: { ratePerSec, arrivals: 'poisson', durationMs: 1900 },
    handler: { serviceMs, concurrency },
    restart: 'after:300',
    faults: [{ fault: 'kill', atMs: 1000, jitterMs: 400, trigger: 'holding-in-flight', durationMs: 300 }],
  });
}

function killOf({ seed, row }: Summary, repeats: number): Kill | undefined {
  const { pattern, failoverMs, blackoutMs, masked, lost, unknown, duplicated, lateExecutions } = row;
  if (failoverMs === null || blackoutMs === null) return undefined;
  const counts = { masked, lost, unknown, duplicated, lateExecutions };
  return { pattern, seed, failoverMs, blackoutMs, ...counts, repeats };
}

function doubtOf({ seed, row }: Summary): string {
  const why = row.honest ? row.doubts.join('; ') || 'nothing failed over' : 'told its caller what is not so';
  return `${row.pattern}, seed ${seed}: ${why}`;
}

function rowOf(pattern: string, own: readonly Kill[], seed: number): KillsRow {
  const sum = (count: 'masked' | 'lost' | 'unknown' | 'duplicated' | 'lateExecutions') =>
    own.reduce((total, kill) => total + kill[count], 0);
  const net = own.map(({ failoverMs }) => failoverMs - load.serviceMs);
  const blackouts = own.map(({ blackoutMs }) => blackoutMs);
  return {
    pattern,
    kills: own.length,
    netMs: estimate(net, seed),
    net95Ms: estimateQuantile(net, 0.95, seed),
    netMostMs: Math.max(...net),
    blackoutMs: estimate(blackouts, seed),
    dealtAgain: sum('masked'),
    lost: sum('lost'),
    unknown: sum('unknown'),
    duplicated: sum('duplicated'),
    lateExecutions: sum('lateExecutions'),
  };
}

const patterns = ['freelance'];
const load = { ratePerSec: 3000, serviceMs: 5, concurrency: 16 };
const fullKills = 50;
const quickKills = 1;

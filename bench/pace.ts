/**
 * How fast the machine is, so that the simulated world may be told: its timings are those of one machine in a good hour. What
 * messages and work take is what a campaign's quiet runs took more, and what a death takes what its plainest kill did; how long
 * processes take to start is measured here and now.
 */
import { join } from 'node:path';
import type { CompactCell, CompactResult } from '../harness/campaigns/result.ts';
import { collectEvidence } from '../harness/evidence.ts';
import type { HistoryLine } from '../harness/history.ts';
import { run } from '../harness/run.ts';
import { parseScenario } from '../harness/scenario.ts';
import type { Pace } from '../harness/worlds/simulated/pace.ts';
import { withRunFolder } from './run-folder.ts';
import { median } from './statistics.ts';

/** What is measured in both worlds, each a figure of one pattern in one scenario: the median over its runs. */
export const gauges = {
  /** A quiet transaction without a broker, by two messages; and one with, by four. */
  directMs: { scenario: 'none', pattern: 'freelance', figure: 'p50Ms' },
  brokeredMs: { scenario: 'none', pattern: 'majordomo', figure: 'p50Ms' },
  /** From a kill until its client knows. */
  detectedMs: { scenario: 'kill-and-restart', pattern: 'freelance', figure: 'detectedMs' },
} as const;
export type Gauge = keyof typeof gauges;
export type Gauged = Readonly<Partial<Record<Gauge, number>>>;

/** Without those that it did not measure. */
export function gaugedBy(campaign: CompactResult): Gauged {
  const known = Object.entries(gauges).flatMap(([gauge, { scenario, pattern, figure }]) => {
    const ms = medianMs(campaign, scenario, pattern, figure);
    return ms === undefined ? [] : [[gauge, ms]];
  });
  return Object.fromEntries(known);
}

/** By which what was measured takes as long in both worlds. On average a message takes half of `hopMs`. */
export function paceBetween(real: Gauged, simulated: Gauged): Omit<Pace, 'start'> {
  const more = (gauge: Gauge) => (real[gauge] ?? 0) - (simulated[gauge] ?? real[gauge] ?? 0);
  const hopMs = Math.max(0, more('brokeredMs') - more('directMs'));
  return { hopMs, workMs: Math.max(0, more('directMs') - hopMs), deathMs: Math.max(0, more('detectedMs')) };
}

/** By how much the machine held up one transaction in a hundred where nothing happened to anybody. */
export function hiccupMs(campaign: CompactResult, contestant: string): number {
  const [middle, late] = (['p50Ms', 'p99Ms'] as const).map((figure) =>
    medianMs(campaign, quietScenario, contestant, figure),
  );
  return middle === undefined || late === undefined ? 0 : late - middle;
}

/** How long a server's process takes until it is ready: by itself, and the more for each of three that start at one time. */
export async function startMs(runs: number, signal: AbortSignal): Promise<Required<Pace>['start']> {
  return withRunFolder(async (folder) => {
    const samples: Record<'server-1' | 'servers', number[]> = { 'server-1': [], servers: [] };
    for (let n = 0; n < runs; n++) {
      for (const target of ['server-1', 'servers'] as const)
        samples[target].push(await oneStart(target, folder, signal));
    }
    const aloneMs = median(samples['server-1']);
    return { aloneMs, besideMs: Math.max(0, (median(samples.servers) - aloneMs) / 2) };
  });
}

async function oneStart(target: string, runsFolder: string, signal: AbortSignal): Promise<number> {
  const scenario = parseScenario({
    name: 'start',
    pattern: 'freelance',
    seed: 1,
    topology: { servers: 3 },
    load: { ratePerSec: 50, durationMs: 1500 },
    faults: [{ fault: 'absent', target, atMs: 0, durationMs: 200 }],
  });
  const { id } = await run(scenario, { runsFolder, signal });
  return lastStartMs(collectEvidence(join(runsFolder, id)).history);
}

/** From the cure until the last of those that were away is up. */
function lastStartMs(history: readonly HistoryLine[]): number {
  const cured = history.find((line) => line.kind === 'fault' && line.phase === 'curing')!.at;
  const up = history.flatMap((line) =>
    line.kind === 'node' && line.state === 'up' && line.at > cured ? [line.at] : [],
  );
  return (Math.max(...up) - cured) / 1000;
}

function medianMs(
  { cells }: CompactResult,
  scenario: string,
  contestant: string,
  figure: keyof CompactCell['figures'],
): number | undefined {
  const cell = cells.find((one) => one.scenario === scenario && one.contestant === contestant);
  const samples = (cell?.figures[figure]?.samples ?? []).filter((sample) => sample !== null);
  return samples.length === 0 ? undefined : median(samples);
}

/** Where nothing happens to anybody. */
const quietScenario = gauges.directMs.scenario;

/**
 * Do the two worlds agree? What a campaign of every scenario measured over libzmq with real signals, and the same over the
 * model in virtual time. What the simulator finds is only worth something if its world is like the real one.
 */

import { seenOf } from '../harness/campaigns/figures.ts';
import type { CompactCell, CompactResult } from '../harness/campaigns/result.ts';
import { checkScenario } from '../harness/check-scenario.ts';
import { carrierOf, type Fault } from '../harness/faults/fault.ts';
import { namedScenario } from '../harness/library.ts';
import { findFaults } from '../harness/registry.ts';
import { parseScenario, type Scenario } from '../harness/scenario.ts';
import { tell } from '../harness/story.ts';
import { placesOf, resolveFaults } from '../harness/targets.ts';
import { judge, type Verdict } from '../harness/verdict.ts';
import { modelled, type Pace } from '../harness/worlds/simulated/pace.ts';
import { SimulatedWorld } from '../harness/worlds/simulated/world.ts';
import {
  coldPace,
  type Gauge,
  type Gauged,
  gaugedBy,
  gauges,
  hiccupMs,
  holdUpPace,
  issuePace,
  orderPace,
  paceBetween,
  paceUnderLoad,
  proxyPace,
  type Simulated,
  startPace,
} from './pace.ts';
import type { Question, RawResult } from './question.ts';
import { rawFile } from './raw-files.ts';
import { median } from './statistics.ts';
import { where } from './where.ts';

export interface TwoWorldsResult extends RawResult {
  /** That of the real runs. */
  readonly campaign: Pick<CompactResult, 'id' | 'command' | 'repeats'>;
  /** What the simulated world is told of the machine. */
  readonly pace: Pace;
  /** So many runs of each pattern in each scenario in virtual time, each of a seed of its own. */
  readonly runs: number;
  readonly cells: readonly TwoWorldsCell[];
  /** The control: what the campaign measured a second time, in the place of the simulated runs. */
  readonly again: readonly TwoWorldsCell[];
  /** What there are no runs of, in one world or in both, and why. */
  readonly missing: readonly { readonly scenario: string; readonly contestant: string; readonly reason: string }[];
}

/** One pattern in one scenario. */
export interface TwoWorldsCell {
  readonly scenario: string;
  readonly contestant: string;
  /** What the machine held up one in a hundred by in this campaign's quiet runs: so much later says nothing. */
  readonly hiccupMs: number;
  /** Of each figure, every run's that has one. */
  readonly figures: Readonly<Record<ComparedFigure, Both<readonly number[]>>>;
  /** Of what is rare, in how many runs there was any. */
  readonly counts: Readonly<Record<ComparedCount, Both<Seen>>>;
}

export interface Both<T> {
  readonly processes: T;
  readonly simulated: T;
}

export interface Seen {
  readonly runsWith: number;
  readonly runs: number;
}

/** In milliseconds, or transactions. */
export const comparedFigures = ['failoverMs', 'blackoutMs', 'delayed', 'unknown', 'refused', 'masked'] as const;
export type ComparedFigure = (typeof comparedFigures)[number];

export const comparedCounts = ['duplicated', 'lateExecutions', 'lost'] as const;
export type ComparedCount = (typeof comparedCounts)[number];

export const twoWorlds: Question = {
  name: 'two-worlds',
  asks: 'Does the simulated world suffer from a fault as the real one does?',
  async ask(options): Promise<TwoWorldsResult> {
    const { quick, seed } = options;
    const measuredAt = where();
    const campaign = campaignMade();
    const runs = quick ? quickRuns : fullRuns;
    options.onPhase('two worlds: how fast the machine was');
    const pace = await paceOf(campaign, (gauge, at) => gaugedInVirtualTime(gauge, at, seed, runs, options.signal));
    const [cells, missing, doubts]: [TwoWorldsCell[], Missing[], string[]] = [[], [], []];
    for (const pair of pairsOf(campaign, pace)) {
      const { scenario, contestant } = pair.real;
      options.onPhase(`two worlds: ${scenario}, ${contestant}`);
      const told = unmeasured(pair.real) ?? (await simulate(pair, seed, runs, options.signal));
      if (typeof told === 'string') {
        missing.push({ scenario, contestant, reason: told });
        continue;
      }
      if (told.length < runs) doubts.push(`${contestant}, ${scenario}: ${told.length} of ${runs} runs counted`);
      if (told.length > 0) cells.push(cellOf(pair.real, pair.hiccupMs, toldBy(told)));
    }
    const { id, command, repeats } = campaign;
    const head = {
      question: twoWorlds.name,
      quick,
      seed,
      machine: measuredAt,
      conclusive: doubts.length === 0,
      doubts,
    };
    return { ...head, campaign: { id, command, repeats }, pace, runs, cells, again: measuredAgain(campaign), missing };
  },
};

async function paceOf(campaign: CompactResult, gauged: Simulated): Promise<Pace> {
  const quiet: Gauged = {
    directMs: await gauged('directMs', modelled),
    brokeredMs: await gauged('brokeredMs', modelled),
    detectedMs: await gauged('detectedMs', modelled),
  };
  const real = gaugedBy(campaign);
  const between = paceBetween(real, quiet);
  // From here on the run is conducted by a process of the machine.
  const held = { ...between, orderMs: 0, ...(await holdUpPace(between, real, gauged)) };
  const warm = await paceUnderLoad(held, real, gauged);
  // Whoever has just started is cold, and so is who gives an order for the first time.
  const pace = { ...warm, ...(await coldPace(warm, real, gauged)) };
  const starting = await startPace(pace, real, gauged);
  const issuing = await issuePace(pace, real, gauged);
  const ordering = await orderPace(pace, real, gauged);
  return { ...pace, ...starting, ...issuing, ...ordering, ...proxyPace(real) };
}

type Missing = TwoWorldsResult['missing'][number];

/** @throws {Error} where there is none, with what makes it. */
function campaignMade(): CompactResult {
  const made = rawFile('library') as CompactResult | undefined;
  if (made !== undefined) return made;
  throw new Error('bench/results/library.json is not there: CONTRIBUTING.md has the command that makes it');
}

/** Why there is nothing real to compare with. */
function unmeasured({ skipped, runs }: CompactCell): string | undefined {
  return skipped ?? (runs.some(({ counts }) => counts) ? undefined : 'no real run of it proved anything');
}

/** The real world held against itself, in every scenario. */
export function measuredAgain({ noiseFloor, cells }: Pick<CompactResult, 'noiseFloor' | 'cells'>): TwoWorldsCell[] {
  const of = (contestant: string) =>
    cells.filter((cell) => cell.contestant === contestant && unmeasured(cell) === undefined);
  const second = new Map(of(noiseFloor.again).map((cell) => [cell.scenario, cell]));
  const held = hiccupMs({ cells }, noiseFloor.contestant);
  return of(noiseFloor.contestant).flatMap((first) => {
    const other = second.get(first.scenario);
    return other === undefined ? [] : cellOf(first, held, measuredIn(other));
  });
}

/** What real runs there are of a pattern in a scenario, and that scenario for the other world. */
interface Pair extends Told {
  readonly real: CompactCell;
  readonly hiccupMs: number;
}

/** A scenario for virtual time, and how fast the machine is that it is to be compared with. */
interface Told {
  readonly pace: Pace;
  scenarioBy(seed: number): Scenario;
}

function pairsOf(campaign: CompactResult, pace: Pace): Pair[] {
  return campaign.scenarios.flatMap(({ name, input }) =>
    campaign.contestants
      .filter(({ again }) => !again)
      .map(({ name: contestant, pattern, variant }) => ({
        real: campaign.cells.find((cell) => cell.scenario === name && cell.contestant === contestant)!,
        hiccupMs: hiccupMs(campaign, contestant),
        pace,
        scenarioBy: (seed: number) => parseScenario({ ...input, pattern, variant, seed }),
      })),
  );
}

/**
 * By the seeds that follow each other, until so many have tested something: that of a campaign's first block comes first.
 * Or why it can't be done in virtual time, as the fault has it.
 */
async function simulate(
  { scenarioBy, pace }: Told,
  seed: number,
  runs: number,
  signal: AbortSignal,
): Promise<readonly Verdict[] | string> {
  const faults = await findFaults();
  const stranger = scenarioBy(seed).faults.find(({ fault }) => !faults.get(fault)!.worlds.includes('simulated'));
  if (stranger !== undefined) return `the simulated world has no ${stranger.fault}`;
  const verdicts: Verdict[] = [];
  for (let n = 0; n < runs * triesMax && verdicts.length < runs; n++) {
    signal.throwIfAborted();
    const verdict = await inVirtualTime(scenarioBy((seed + n) % 2 ** 32), pace, faults);
    if (typeof verdict === 'string') return verdict;
    if (verdict.conclusive) verdicts.push(verdict);
  }
  return verdicts;
}

async function gaugedInVirtualTime(
  gauge: Gauge,
  pace: Pace,
  seed: number,
  runs: number,
  signal: AbortSignal,
): Promise<number> {
  const { scenario, contestant, figure } = gauges[gauge];
  const [pattern, variant] = contestant.split('/') as [string, string?];
  const named = { ...namedScenario(scenario), pattern, ...(variant === undefined ? {} : { variant }) };
  const scenarioBy = (each: number) => parseScenario({ ...named, seed: each });
  const verdicts = await simulate({ pace, scenarioBy }, seed, runs, signal);
  if (typeof verdicts === 'string') throw new Error(verdicts);
  return median(verdicts.flatMap((verdict) => verdict[figure] ?? []));
}

/** @throws {Error} where a machine did. */
async function inVirtualTime(
  given: Scenario,
  pace: Pace,
  faults: ReadonlyMap<string, Fault>,
): Promise<Verdict | string> {
  const { pattern } = await checkScenario(given, [], 'simulated');
  const scenario = resolveFaults(given, placesOf(given, pattern), faults);
  const proxied = scenario.faults.flatMap((event) =>
    carrierOf(faults.get(event.fault)) === 'proxy' ? [event.target] : [],
  );
  const world = new SimulatedWorld(scenario, pattern, undefined, { ...pace, proxied });
  try {
    await tell(world, scenario, faults);
  } catch (error) {
    return (error as Error).message;
  }
  if (world.failures.length > 0) throw new Error(`${scenario.name}, ${scenario.pattern}: ${world.failures[0]}`);
  return judge(world.evidence).verdict;
}

/** What some runs came to, whichever world they are of. */
interface Outcome {
  samples(name: ComparedFigure): readonly number[];
  seen(name: ComparedCount): Seen;
}

function measuredIn({ figures, counts }: CompactCell): Outcome {
  return {
    samples: (name) => seenOf(figures[name]?.samples ?? []),
    seen: (name) => ({ runsWith: counts[name].runsWith, runs: counts[name].runs }),
  };
}

function toldBy(verdicts: readonly Verdict[]): Outcome {
  return {
    samples: (name) => verdicts.map((verdict) => verdict[name]).filter((sample) => sample !== null),
    seen: (name) => ({ runsWith: verdicts.filter((verdict) => verdict[name] > 0).length, runs: verdicts.length }),
  };
}

function cellOf(real: CompactCell, held: number, simulated: Outcome): TwoWorldsCell {
  const { scenario, contestant } = real;
  const processes = measuredIn(real);
  return {
    scenario,
    contestant,
    hiccupMs: held,
    figures: ofEach(comparedFigures, (name) => ({
      processes: processes.samples(name),
      simulated: simulated.samples(name),
    })),
    counts: ofEach(comparedCounts, (name) => ({ processes: processes.seen(name), simulated: simulated.seen(name) })),
  };
}

function ofEach<Name extends string, T>(names: readonly Name[], of: (name: Name) => T): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, T>;
}

const fullRuns = 100;
const quickRuns = 2;
/** Another seed takes the place of one that proved nothing: of three servers that die at a given moment one may be idle. */
const triesMax = 20;

/** What a campaign came to: one value, made of its plan and its runs' summaries, and of nothing else. */
import { lies } from '../report/words.ts';
import { isSettled } from '../run-until-conclusive.ts';
import type { Summary } from '../summary.ts';
import type { Contestant } from './contestant.ts';
import { type Counts, countsOf, type Differences, differencesOf, type Figures, figuresOf, seenOf } from './figures.ts';
import type { Failure } from './folder.ts';
import { type Plan, type ScenarioTold, type Turn, turnsOf } from './plan.ts';

/** What the plan says, and what came of it. */
export interface CampaignResult extends Pick<Plan, 'id' | 'command' | 'machine' | 'seed' | 'repeats' | 'contestants'> {
  /** Whether every run of the plan was made. */
  readonly finished: boolean;
  /** No run told anybody what is not so. */
  readonly honest: boolean;
  /** There are runs, and every one that stands tested what it set out to test. */
  readonly conclusive: boolean;
  /** No claim was broken by a run that counts. */
  readonly keepsClaims: boolean;
  readonly scenarios: readonly ScenarioTold[];
  /** Every contestant in every scenario: scenario by scenario, in the contestants' order. */
  readonly cells: readonly Cell[];
  readonly noiseFloor: NoiseFloor;
  /** Runs that could not be made to their end, and were made again: they are in no cell. */
  readonly failures: readonly Failure[];
}

/** One contestant in one scenario, over all blocks. */
export interface Cell {
  /** By name. */
  readonly contestant: string;
  readonly scenario: string;
  /** Why it has no meaning for it, or can't be done here; missing where neither is so. Where it is there are no runs. */
  readonly skipped?: string;
  /** Every run there was, in the order in which they were made: none is left out. */
  readonly runs: readonly CampaignRun[];
  /** Over the runs that count. */
  readonly figures: Figures;
  readonly counts: Counts;
  /** To the first contestant, block by block; none in its own cells. */
  readonly differences: Differences;
  readonly claims: readonly ClaimTally[];
}

export interface CampaignRun {
  readonly id: string;
  /** From 0. */
  readonly block: number;
  readonly seed: number;
  /** Its folder, within the campaign's. */
  readonly folder: string;
  /** False for one that proved nothing, and for what was made again on its account. */
  readonly counts: boolean;
  /** Why it proved nothing: one sentence each. */
  readonly doubts: readonly string[];
  /** What it told that is not so, as in `1 phantom`: none of an honest run. A lie is one even where the run does not count. */
  readonly lies: readonly string[];
  readonly summary: Summary;
}

/** A claim of the contestant's, held against every run that counts. */
export interface ClaimTally {
  readonly claim: string;
  readonly kept: number;
  readonly of: number;
  /** The runs that broke it, by their ids, and what was seen instead. */
  readonly broken: readonly { readonly run: string; readonly observed: string }[];
}

/** How much a contestant differs from itself: whatever is no greater is no difference. */
export interface NoiseFloor {
  /** The first contestant's name, and that under which it took part again. */
  readonly contestant: string;
  readonly again: string;
  /** By scenario: the second less the first, block by block. */
  readonly differences: Readonly<Record<string, Differences>>;
  /** How many of those that are no differences would have been called one by their interval alone, of how many. */
  readonly called: number;
  readonly of: number;
}

/** All tries of each turn, in their order; empty, or missing, where there is none yet. */
export type Tries = ReadonlyMap<Turn['folder'], readonly Summary[]>;

export function resultOf(plan: Plan, tries: Tries, failures: readonly Failure[]): CampaignResult {
  const { id, command, machine, seed, repeats, contestants } = plan;
  const turns = turnsOf(plan);
  const drafts = plan.scenarios.flatMap((scenario) =>
    contestants.map(({ name }) => {
      const own = turns.filter((turn) => turn.scenario === scenario && turn.contestant.name === name);
      return draftOf(name, scenario.name, scenario.skipped[name], own, tries, seed);
    }),
  );
  const cells = compared(drafts, seed);
  const runs = cells.flatMap((cell) => cell.runs);
  const made = turns.map(({ folder }) => tries.get(folder) ?? []);
  return {
    id,
    command,
    machine,
    seed,
    repeats,
    finished: made.every((one) => isSettled(one)),
    honest: runs.every(({ summary }) => summary.row.honest),
    conclusive: made.length > 0 && made.every((one) => one.at(-1)?.row.conclusive === true),
    keepsClaims: cells.every(({ claims }) => claims.every(({ broken }) => broken.length === 0)),
    contestants,
    scenarios: plan.scenarios.map(({ skipped: _, ...told }) => told),
    cells,
    noiseFloor: noiseFloorOf(cells, contestants),
    failures,
  };
}

type Draft = Omit<Cell, 'differences'>;

function draftOf(
  contestant: string,
  scenario: string,
  skipped: string | undefined,
  turns: readonly Turn[],
  tries: Tries,
  seed: number,
): Draft {
  const runs = turns.flatMap((turn) => runsOf(turn, tries.get(turn.folder) ?? []));
  const counting = turns.map(({ block }) => runs.find((run) => run.block === block && run.counts)?.summary);
  const rows = counting.flatMap((summary) => (summary === undefined ? [] : [summary.row]));
  const figures = figuresOf(
    counting.map((summary) => summary?.row),
    seed,
  );
  return {
    contestant,
    scenario,
    ...(skipped === undefined ? {} : { skipped }),
    runs,
    figures,
    counts: countsOf(rows),
    claims: talliesOf(counting.flatMap((summary) => (summary === undefined ? [] : [summary]))),
  };
}

function runsOf({ block, seed, folder }: Turn, tries: readonly Summary[]): CampaignRun[] {
  return tries.map((summary, index) => ({
    id: summary.id,
    block,
    seed,
    folder: `${folder}/${summary.id}`,
    counts: index === tries.length - 1 && summary.row.conclusive,
    doubts: summary.row.doubts,
    lies: lies(summary.row),
    summary,
  }));
}

function talliesOf(summaries: readonly Summary[]): ClaimTally[] {
  const checks = summaries.flatMap(({ id, row }) => row.claims.map((check) => ({ run: id, ...check })));
  return [...new Set(checks.map(({ claim }) => claim))].map((claim) => {
    const own = checks.filter((check) => check.claim === claim);
    const broken = own.filter(({ kept }) => !kept).map(({ run, observed = '' }) => ({ run, observed }));
    return { claim, kept: own.length - broken.length, of: own.length, broken };
  });
}

/** Against the first contestant of the same scenario, with what that one differs from itself for a floor. */
function compared(drafts: readonly Draft[], seed: number): Cell[] {
  const scenarios = [...new Set(drafts.map(({ scenario }) => scenario))];
  return scenarios.flatMap((scenario) => {
    // In the contestants' order: the first, the others, and the first again.
    const [first, ...others] = drafts.filter((draft) => draft.scenario === scenario);
    const again = others.pop();
    const floor = differencesOf(again!.figures, first!.figures, seed);
    return [
      { ...first!, differences: {} },
      ...others.map((one) => ({ ...one, differences: differencesOf(one.figures, first!.figures, seed, floor) })),
      { ...again!, differences: floor },
    ];
  });
}

function noiseFloorOf(cells: readonly Cell[], contestants: readonly Contestant[]): NoiseFloor {
  const [contestant, again] = [contestants[0]!.name, contestants.at(-1)!.name];
  const own = cells.filter((cell) => cell.contestant === again);
  const differences = Object.fromEntries(own.map((cell) => [cell.scenario, cell.differences]));
  const all = own.flatMap((cell) => Object.values(cell.differences));
  const called = all.filter(({ isNoise }) => !isNoise).length;
  return { contestant, again, differences, called, of: all.length };
}

/** Without what each run's own folder holds, and what there is none of: small enough to be kept beside the code. */
export type CompactResult = Omit<CampaignResult, 'cells'> & { readonly cells: readonly CompactCell[] };
export type CompactCell = Omit<Cell, 'runs'> & { readonly runs: readonly Omit<CampaignRun, 'summary'>[] };

export function compact(result: CampaignResult): CompactResult {
  const { differences, ...floor } = result.noiseFloor;
  const scenarios = Object.entries(differences).map(([name, each]) => [name, withoutGaps(each)]);
  return {
    ...result,
    cells: result.cells.map((cell) => ({
      ...cell,
      figures: withoutGaps(cell.figures),
      differences: withoutGaps(cell.differences),
      runs: cell.runs.map(({ summary: _, ...run }) => run),
    })),
    noiseFloor: { ...floor, differences: Object.fromEntries(scenarios) },
  };
}

/** Samples of those blocks that have any. */
function withoutGaps<T extends Figures | Differences>(figures: T): T {
  const all = Object.entries(figures).map(([name, one]) => [name, { ...one, samples: seenOf(one.samples) }]);
  return Object.fromEntries(all) as T;
}

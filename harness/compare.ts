/** The comparison: every pattern meets the same load and the same faults, each in fresh processes, in rotated order. */
import { type Contestant, contestantsOf } from './campaigns/contestant.ts';
import { checkScenario } from './check-scenario.ts';
import type { RunOptions } from './run.ts';
import { runUntilConclusive } from './run-until-conclusive.ts';
import { parseScenario, type Scenario, type ScenarioInput } from './scenario.ts';
import type { ResultRow, Summary } from './summary.ts';

export interface Comparison {
  readonly rows: readonly ResultRow[];
  /** Every run there was: more than rows where one proved nothing and was run again. */
  readonly runs: readonly Summary[];
  /** Every run tested what it set out to test. */
  readonly conclusive: boolean;
}

export interface CompareOptions extends Omit<RunOptions, 'onPhase'> {
  /** `pattern` for all its variants, or `pattern/variant`; all patterns by default. */
  readonly contestants?: readonly string[];
  /** `none` or a fault's name. */
  readonly faults: readonly string[];
  readonly base: Partial<ScenarioInput> & { readonly seed: number };
  readonly onPhase?: (scenario: Scenario, index: number, total: number, phase: string) => void;
}

export async function compare(scenarios: readonly Scenario[], options: CompareOptions): Promise<Comparison> {
  const runs: Summary[] = [];
  const rows: ResultRow[] = [];
  for (const [index, scenario] of scenarios.entries()) {
    const onPhase = (phase: string) => options.onPhase?.(scenario, index, scenarios.length, phase);
    const tries = await runUntilConclusive(scenario, { ...options, onPhase });
    runs.push(...tries);
    rows.push(tries.at(-1)!.row);
  }
  rows.sort(byPlace(options.faults, await contestantsOf(options.contestants, options.patternFolders)));
  return { rows, runs, conclusive: rows.every((row) => row.conclusive) };
}

/**
 * Every scenario of the comparison, in the order of its runs. The order is rotated from fault to fault.
 * @throws {MisuseError} for anything that there is not, or that is not allowed.
 */
export async function planComparison(options: CompareOptions): Promise<Scenario[]> {
  const contestants = await contestantsOf(options.contestants, options.patternFolders);
  const scenarios: Scenario[] = [];
  for (const [turn, fault] of options.faults.entries()) {
    for (let i = 0; i < contestants.length; i++) {
      const { pattern, variant } = contestants[(i + turn * 2) % contestants.length]!;
      const scenario = parseScenario({ ...options.base, ...comparedScenario(fault), pattern, variant });
      await checkScenario(scenario, options.patternFolders);
      scenarios.push(scenario);
    }
  }
  return scenarios;
}

/** One fault, in a word, as a scenario. */
export function comparedScenario(fault: string): Pick<ScenarioInput, 'name' | 'faults'> {
  return { name: `compare-${fault}`, faults: fault === 'none' ? [] : [{ fault, ...comparedFault }] };
}

function byPlace(
  faults: readonly string[],
  contestants: readonly Contestant[],
): (a: ResultRow, b: ResultRow) => number {
  const place = (row: ResultRow) =>
    faults.indexOf(row.fault) * contestants.length +
    contestants.findIndex(({ pattern, variant }) => pattern === row.pattern && variant === row.variant);
  return (a, b) => place(a) - place(b);
}

/** When the one fault of a comparison strikes: after a quiet second, at no fixed phase of anybody's heartbeat. */
const comparedFault = {
  target: 'server',
  atMs: 1000,
  jitterMs: 200,
  trigger: 'holding-in-flight',
  durationMs: 1000,
} as const;

/** Many runs of the simulator, each of a scenario drawn from its own seed; what breaks a law is cut down and shown. */

import { variantOf } from '../../patterns/names.ts';
import { draw, seedFrom } from '../../patterns/parts/chance.ts';
import { type FoundPattern, findFaults } from '../registry.ts';
import type { Scenario } from '../scenario.ts';
import { statesBy, statesOf } from './coverage.ts';
import { shrink } from './shrink.ts';
import { type Contestant, drawScenario } from './swarm.ts';
import { attempt, type Faults, type Trial } from './trial.ts';
import type { Violation } from './violation.ts';

export interface CampaignOptions {
  readonly runs: number;
  readonly seed: number;
  readonly contestants: readonly Contestant[];
  readonly faults: Faults;
  /** Whether what was found is cut down; it is by default. */
  readonly shrinks?: boolean;
  /** So many broken runs end it; 10 by default. */
  readonly violationsMax?: number;
  /** Stops it after the run that is under way. */
  readonly signal?: AbortSignal;
  readonly onRun?: (run: number) => void;
}

/** A run that broke a law. */
export interface Conviction extends Violation {
  readonly seed: number;
  /** How many runs there had been, this one included. */
  readonly run: number;
  readonly pattern: string;
  readonly variant: string;
  /** Cut down to what it takes. */
  readonly scenario: Scenario;
}

export interface Campaign {
  readonly runs: number;
  readonly transactions: number;
  readonly faults: number;
  readonly violations: readonly Conviction[];
  /** How often each state was reached, by pattern. */
  readonly coverage: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** States that a campaign of this size must reach, and this one did not. */
  readonly missing: readonly string[];
  readonly traceHash: string;
}

export async function campaign(options: CampaignOptions): Promise<Campaign> {
  const { runs, contestants, seed, faults } = options;
  const reached = new Map<string, Map<string, number>>();
  const violations: Conviction[] = [];
  const count = { runs: 0, transactions: 0, faults: 0 };
  const byPattern = [...new Set(contestants.map(({ pattern }) => pattern))].map((pattern) =>
    contestants.filter((one) => one.pattern === pattern),
  );
  let hash = 'none';
  for (let run = 0; run < runs && violations.length < (options.violationsMax ?? violationsMax); run++) {
    if (options.signal?.aborted) break;
    const contestant = nth(byPattern, run);
    const runSeed = seedOfRun(seed, run);
    const scenario = drawScenario(runSeed, contestant, faults);
    const trial = await attempt(scenario, contestant.pattern, faults);
    count.runs++;
    count.transactions += trial.judgement.verdict.due;
    count.faults += trial.judgement.faults.length;
    hash = seedFrom(Number.parseInt(trial.hash, 16), hash).toString(16).padStart(8, '0');
    addTo(reached, contestant.pattern.name, trial);
    const [violation] = trial.violations;
    if (violation !== undefined) {
      const least = options.shrinks === false ? trial.scenario : await cutDown(trial, violation, contestant, options);
      const { pattern, variant } = contestant;
      violations.push({ ...violation, seed: runSeed, run: run + 1, pattern: pattern.name, variant, scenario: least });
    }
    options.onRun?.(run + 1);
  }
  const coverage = Object.fromEntries(
    [...reached].map(([name, states]) => [name, Object.fromEntries([...states].sort())]),
  );
  const missing = await missingStates(options, count.runs, reached);
  return { ...count, violations, coverage, missing, traceHash: hash };
}

/** Every variant of every pattern, those that say the same of themselves included. */
export function contestantsOf(patterns: Iterable<FoundPattern>, variant?: string): Contestant[] {
  return [...patterns].flatMap(({ pattern }) => {
    const names = variant === undefined ? Object.keys(pattern.variants) : [variantOf(pattern, variant)[0]];
    return names.map((name) => ({ pattern, variant: name }));
  });
}

/** The scenario cut down to what breaks the same law. */
export function cutDown(
  trial: Trial,
  { kind }: Violation,
  { pattern }: Contestant,
  { faults, signal }: { readonly faults: Faults; readonly signal?: AbortSignal | undefined },
): Promise<Scenario> {
  return shrink(trial.scenario, {
    async issues(scenario) {
      const { judgement } = await attempt(scenario, pattern, faults);
      return judgement.transactions.map(({ n }) => n);
    },
    async breaks(scenario) {
      if (signal?.aborted) return false;
      const { violations } = await attempt(scenario, pattern, faults);
      return violations.some((violation) => violation.kind === kind);
    },
  });
}

/** Patterns take turns, and the variants of each. */
function nth(byPattern: readonly (readonly Contestant[])[], run: number): Contestant {
  const variants = byPattern[run % byPattern.length]!;
  return variants[Math.floor(run / byPattern.length) % variants.length]!;
}

function seedOfRun(seed: number, run: number): number {
  return Math.floor(draw(seed, `run:${run}`) * 2 ** 32);
}

function addTo(reached: Map<string, Map<string, number>>, pattern: string, { coverage }: Trial): void {
  const states = reached.get(pattern) ?? new Map<string, number>();
  reached.set(pattern, states);
  for (const [state, count] of coverage) states.set(state, (states.get(state) ?? 0) + count);
}

/** What so many runs must have reached, and these have not. A small campaign need not have reached everything. */
async function missingStates(
  { contestants, faults }: CampaignOptions,
  runs: number,
  reached: Map<string, Map<string, number>>,
): Promise<string[]> {
  const all = await findFaults('simulated');
  const areAll = [...all.keys()].every((name) => faults.has(name));
  const runsEach = runs / contestants.length;
  return [...reached].flatMap(([pattern, states]) => {
    const wanted = [
      ...(areAll && runsEach >= runsForStates ? statesOf(pattern) : []),
      ...(faults.size > 0 && runsEach >= runsForFaults ? statesBy(faults) : []),
    ];
    return wanted.filter((state) => !states.has(state)).map((state) => `${pattern}: ${state}`);
  });
}

const violationsMax = 10;
/** Runs of each variant in which every state of its pattern comes some twenty times, and every fault a few times. */
const runsForStates = 150;
const runsForFaults = 500;

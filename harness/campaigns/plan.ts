/** What a campaign is going to do, settled before anything starts: who meets which scenarios, how often, by which seed. */
import { MisuseError } from '../../patterns/transaction.ts';
import { checkScenario } from '../check-scenario.ts';
import type { Fault } from '../faults/fault.ts';
import { findScenarios, namedScenario } from '../library.ts';
import { type Machine, machine } from '../machine.ts';
import { missingFor } from '../preflight.ts';
import { findFaults, findPattern, findPatterns } from '../registry.ts';
import { newId } from '../run-id.ts';
import { faultName, parseScenario, type Scenario, type ScenarioInput } from '../scenario.ts';
import { placesOf, targetsOf } from '../targets.ts';
import { type Contestant, contestantsOf, twinOf } from './contestant.ts';

/** What was asked for, option by option, as far as anything was. */
export type Asked = Readonly<Record<string, unknown>>;

/** Plain data: it is kept in the campaign's folder, and a campaign that is taken up again goes by it. */
export interface Plan {
  /** Its folder's name. */
  readonly id: string;
  /** Makes it again. */
  readonly command: string;
  readonly asked: Asked;
  /** Where it was begun; it goes on nowhere else. */
  readonly machine: Machine;
  /** The first block's; the next block's is one more. */
  readonly seed: number;
  /** Blocks: in each every contestant meets every scenario once. */
  readonly repeats: number;
  /** The first is what the others are compared to; the last is the first again. */
  readonly contestants: readonly Contestant[];
  readonly scenarios: readonly PlannedScenario[];
  /** Further folders of patterns. */
  readonly patternFolders: readonly string[];
}

/** A scenario as it is told of. */
export interface ScenarioTold {
  readonly name: string;
  /** What it shows, and what to expect. */
  readonly about?: string;
  /** In one word, as claims name it. */
  readonly fault: string;
  /** With everything but contestant and seed: what came of it can be held against the same elsewhere. */
  readonly input: ScenarioInput;
}

export interface PlannedScenario extends ScenarioTold {
  /** By contestant: why it has no meaning for it, or why this machine can't do it. */
  readonly skipped: Readonly<Record<string, string>>;
}

/** One run's place in a campaign. */
export interface Turn {
  /** From 0. */
  readonly block: number;
  readonly scenario: PlannedScenario;
  readonly contestant: Contestant;
  readonly seed: number;
  /** Where its runs are kept, within the campaign's folder. */
  readonly folder: string;
}

export interface PlanOptions {
  readonly command: string;
  readonly asked: Asked;
  readonly repeats: number;
  /**
   * `pattern` for all its variants, or `pattern/variant`, the first of them for the others to be compared to; by default
   * all patterns, beginning with what claims to survive most.
   */
  readonly contestants?: readonly string[];
  /** Names of the library's, or `all` of them; the core scenarios by default. */
  readonly scenarios?: readonly (string | Sketch)[];
  /** What differs from the scenarios' own. */
  readonly changes: Changes & { readonly seed: number };
  readonly patternFolders: readonly string[];
}

/** A scenario of anybody's. */
type Sketch = Omit<ScenarioInput, 'pattern' | 'seed'>;

/** To every scenario alike, whatever it says itself. */
export interface Changes {
  readonly load?: ScenarioInput['load'];
  readonly topology?: ScenarioInput['topology'];
  readonly settings?: ScenarioInput['settings'];
}

/** One of each kind: no fault, a crash, a freeze, the work done twice, what heartbeats don't show, and no broker. */
export const coreScenarios = [
  'none',
  'kill-and-restart',
  'pause-and-resume',
  'kill-after-execute',
  'grey-failure',
  'broker-kill',
] as const;

/**
 * @throws {MisuseError} for anything that there is not, or that is not allowed; {Error} where this machine can do nothing
 * of it. Nothing has started by then.
 */
export async function planCampaign(options: PlanOptions): Promise<Plan> {
  const { command, asked, repeats, changes, patternFolders } = options;
  const named = await contestantsOf(options.contestants, patternFolders);
  const ordered = options.contestants === undefined ? await hardiestFirst(named, patternFolders) : named;
  const contestants = [...ordered, twinOf(ordered[0]!)];
  const inputs = (options.scenarios ?? coreScenarios).flatMap((one) =>
    one === 'all' ? [...findScenarios().values()] : typeof one === 'string' ? libraryScenario(one) : one,
  );
  const scenarios: PlannedScenario[] = [];
  for (const input of inputs) {
    if (scenarios.some(({ name }) => name === input.name)) {
      throw new MisuseError('scenario', input.name, 'it is named twice');
    }
    scenarios.push(await plannedScenario(changed(input, contestants[0]!, changes), contestants, patternFolders));
  }
  const reasons = scenarios.flatMap(({ skipped }) => Object.values(skipped));
  if (reasons.length === scenarios.length * contestants.length) throw new Error(`skipped: ${reasons[0]}`);
  const { seed } = changes;
  const where = machine();
  return {
    id: newId('campaign'),
    command,
    asked,
    machine: where,
    seed,
    repeats,
    contestants,
    scenarios,
    patternFolders,
  };
}

/**
 * Every run of the campaign, in its order: block by block, and in each scenario by scenario, so that what is compared is
 * measured close by. Another contestant is first each time.
 */
export function turnsOf({ contestants, scenarios, seed, repeats }: Plan): Turn[] {
  return Array.from({ length: repeats }, (_, block) =>
    scenarios.flatMap((scenario, place) => {
      const first = (block + place) % contestants.length;
      return [...contestants.slice(first), ...contestants.slice(0, first)]
        .filter(({ name }) => scenario.skipped[name] === undefined)
        .map((contestant) => ({
          block,
          scenario,
          contestant,
          seed: (seed + block) % 2 ** 32,
          folder: `block-${block + 1}/${scenario.name}/${folderName(contestant)}`,
        }));
    }),
  ).flat();
}

/** The same arrivals, and the same faults at the same times, for all contestants of the block. */
export function scenarioOf({ scenario, contestant, seed }: Turn): Scenario {
  return contested(scenario.input, contestant, seed);
}

/** What the others are compared to, and the noise floor is of, had better be steady. */
async function hardiestFirst(
  contestants: readonly Contestant[],
  patternFolders: readonly string[],
): Promise<readonly Contestant[]> {
  const found = await findPatterns(patternFolders);
  const survived = ({ pattern, variant }: Contestant) =>
    found.get(pattern)!.pattern.variants[variant]!.claims.survives.length;
  return [...contestants].sort((a, b) => survived(b) - survived(a));
}

async function plannedScenario(
  input: ScenarioInput,
  contestants: readonly Contestant[],
  patternFolders: readonly string[],
): Promise<PlannedScenario> {
  const faults = await findFaults('processes');
  const skipped: Record<string, string> = {};
  for (const contestant of contestants) {
    const scenario = contested(input, contestant, input.seed);
    const reason = await senseless(scenario, contestant.pattern, faults, patternFolders);
    if (reason === undefined) await checkScenario(scenario, patternFolders);
    else skipped[contestant.name] = reason;
  }
  const reasons = Object.values(skipped);
  if (reasons.length === contestants.length) {
    throw new MisuseError(
      'scenario',
      input.name,
      `it takes a pattern that has what it strikes; there is ${reasons[0]}`,
    );
  }
  const missing = await missingFor(parseScenario(input));
  if (missing !== undefined) for (const { name } of contestants) skipped[name] ??= missing;
  const fault = faultName(parseScenario(input));
  return { name: input.name, ...(input.about === undefined ? {} : { about: input.about }), fault, input, skipped };
}

/** Why a scenario has no meaning for a pattern: there is nothing that one of its faults could strike. In two words. */
async function senseless(
  scenario: Scenario,
  patternName: string,
  faults: ReadonlyMap<string, Fault>,
  patternFolders: readonly string[],
): Promise<string | undefined> {
  const { pattern } = await findPattern(patternName, patternFolders);
  const places = placesOf(scenario, pattern);
  const missing = scenario.faults.find(({ fault, target }) => {
    const found = faults.get(fault);
    return found !== undefined && targetsOf(target, found, places, () => 0).length === 0;
  });
  if (missing === undefined) return undefined;
  const hasBroker = places.nodes.some((node) => node.startsWith('broker'));
  return missing.target.includes('broker') && !hasBroker ? 'no broker' : `no ${missing.target}`;
}

function contested(input: ScenarioInput, { pattern, variant }: Contestant, seed: number): Scenario {
  return parseScenario({ ...input, pattern, variant, seed });
}

function changed(
  input: Sketch,
  { pattern, variant }: Contestant,
  { seed, load, topology, settings }: PlanOptions['changes'],
): ScenarioInput {
  const { $schema: _, ...rest } = input;
  return {
    ...rest,
    pattern,
    variant,
    seed,
    load: { ...input.load, ...load },
    topology: { ...input.topology, ...topology },
    settings: { ...input.settings, ...settings },
  };
}

function libraryScenario(name: string): ScenarioInput {
  const found = namedScenario(name);
  if (found !== undefined) return found;
  throw new MisuseError('scenario', name, `there are ${[...findScenarios().keys()].join(', ')}`);
}

/** No name has a dot in it, so no two are the same. */
function folderName({ pattern, variant, again }: Contestant): string {
  return `${pattern}.${variant}${again ? '.again' : ''}`;
}

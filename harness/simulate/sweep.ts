/**
 * The exhaustive single-fault sweep: a clean run is recorded; then it is run again with each fault just after each of its
 * events, so that no step of the protocol is left out. Deaths and freezes strike every node there, in a run of each kind;
 * the other faults, of which there are many, one node or link after the other, in a run of the first kind.
 */
import { variantOf } from '../../patterns/names.ts';
import { seedFrom } from '../../patterns/parts/chance.ts';
import { checkClaims } from '../claims.ts';
import type { Failpoint, Fault } from '../faults/fault.ts';
import { killAt, ofOthers, ofServers } from '../faults/kill-at.ts';
import { parseScenario, type Scenario, type ScenarioInput } from '../scenario.ts';
import { type Places, placesFor, placesOf } from '../targets.ts';
import type { Watcher } from '../worlds/simulated/watcher.ts';
import { type Campaign, type Conviction, cutDown } from './campaign.ts';
import { type Contestant, hard, mayStrikeClient } from './swarm.ts';
import { attempt, type Faults, type Trial } from './trial.ts';
import type { Violation } from './violation.ts';

export interface SweepOptions {
  readonly seed: number;
  readonly contestants: readonly Contestant[];
  readonly faults: Faults;
  /** So many transactions in the clean run; 10 by default. */
  readonly transactions?: number;
  /** Stops it after the run that is under way. */
  readonly signal?: AbortSignal;
  readonly onRun?: (run: number) => void;
}

export async function sweep({ seed, contestants, faults, onRun, signal, ...rest }: SweepOptions): Promise<Campaign> {
  const violations: Conviction[] = [];
  const count = { runs: 0, transactions: 0, faults: 0 };
  const coverage: Record<string, Record<string, number>> = {};
  let hash = 'none';
  const take = async (trial: Trial, contestant: Contestant) => {
    const { pattern, variant } = contestant;
    onRun?.(++count.runs);
    count.transactions += trial.judgement.verdict.due;
    count.faults += trial.judgement.faults.length;
    hash = seedFrom(Number.parseInt(trial.hash, 16), hash).toString(16).padStart(8, '0');
    const states = (coverage[pattern.name] ??= {});
    for (const [state, reached] of trial.coverage) states[state] = (states[state] ?? 0) + reached;
    const violation = trial.violations[0] ?? brokenClaim(trial, contestant);
    if (violation === undefined || violations.length >= violationsMax) return;
    const isLaw = trial.violations.length > 0;
    const scenario = isLaw ? await cutDown(trial, violation, contestant, { faults, signal }) : trial.scenario;
    violations.push({ ...violation, seed, run: count.runs, pattern: pattern.name, variant, scenario });
  };
  const others = [...faults.values()].filter(({ name }) => !hard.includes(name));
  const cleans = contestants.flatMap((contestant) =>
    cleanScenarios(seed, contestant, rest.transactions ?? 10).map((clean, kind) => ({ contestant, clean, kind })),
  );
  for (const { contestant, clean, kind } of cleans) {
    if (signal?.aborted) break;
    const { pattern } = contestant;
    const moments = new Moments();
    await take(await attempt(clean, pattern, faults, moments), contestant);
    const places = placesOf(clean, pattern);
    const hardest = hardEvents(places, faults);
    const lesser = kind === 0 ? otherEvents(places, others) : () => [];
    const events = moments.all.flatMap((atMs, moment) =>
      [...hardest, ...lesser(moment)].map((event) => ({ ...event, atMs })),
    );
    for (const event of events) {
      if (signal?.aborted) break;
      await take(await attempt(parseScenario({ ...clean, faults: [event] }), pattern, faults), contestant);
    }
  }
  const missing = signal?.aborted ? [] : notStruck(coverage, faults);
  return { ...count, violations, coverage, missing, traceHash: hash };
}

type Event = Omit<NonNullable<ScenarioInput['faults']>[number], 'atMs'>;

/** Deaths and freezes of every node. */
function hardEvents({ nodes }: Places, faults: Faults): Event[] {
  return hard
    .filter((fault) => faults.has(fault))
    .flatMap((fault) => nodes.map((target): Event => ({ fault, target, trigger: 'now' })));
}

/** At a moment of that number each of the others, at one of its places after the other. What is there from the start has one moment. */
function otherEvents(places: Places, others: readonly Fault[]): (moment: number) => Event[] {
  const inTurn = others.flatMap((fault) => turnsOf(fault, places)).filter(({ events }) => events.length > 0);
  return (moment) =>
    inTurn
      .filter(({ isAtOnce, events }) => !isAtOnce || moment < events.length)
      .map(({ events }) => events[moment % events.length]!);
}

interface Turns {
  readonly isAtOnce: boolean;
  /** The same at each place. */
  readonly events: readonly Event[];
}

/** A death at a step of its work is one for each step; what is done to one direction of a link is one for each. */
function turnsOf(of: Fault, places: Places): Turns[] {
  const { name: fault, manner } = of;
  const struck = placesFor(of, places).filter(
    (place) => place !== 'client' || of.strikes !== 'node' || mayStrikeClient(of),
  );
  const turns = (given: Partial<Event>, targets = struck): Turns => ({
    isAtOnce: manner === 'from-the-start',
    events: targets.map((target) => ({ fault, target, trigger: 'now', durationMs: otherMs, ...given })),
  });
  if (hasOneDirection(of)) return directions.map((direction) => turns({ with: { direction } }));
  if (fault !== killAt.name) return [turns({})];
  const takes = (point: Failpoint) =>
    struck.filter((node) => (node.startsWith('server') ? ofServers : ofOthers).some((one) => one === point));
  return [...new Set([...ofServers, ...ofOthers])].map((point) => turns({ with: { point } }, takes(point)));
}

function hasOneDirection({ options }: Fault): boolean {
  const usual = options?.parse({}) as { readonly direction?: unknown } | undefined;
  return directions.some((direction) => direction === usual?.direction);
}

/** Faults that were there to come, and struck no run of a pattern. */
function notStruck(coverage: Campaign['coverage'], faults: Faults): string[] {
  return Object.entries(coverage).flatMap(([pattern, states]) =>
    [...faults.keys()]
      .filter((fault) => states[`fault: ${fault}`] === undefined)
      .map((fault) => `${pattern}: fault: ${fault}`),
  );
}

/** One for each delivery that the variant can do, and one whose answers come in parts. */
function cleanScenarios(seed: number, { pattern, variant }: Contestant, transactions: number): Scenario[] {
  const [, { deliveries }] = variantOf(pattern, variant);
  const load = { ratePerSec: 400, durationMs: Math.ceil((transactions * 1000) / 400) };
  const base = { name: 'sweep', pattern: pattern.name, variant, seed, load };
  return [
    ...deliveries.map((delivery) => parseScenario({ ...base, load: { ...load, delivery } })),
    parseScenario({ ...base, handler: { parts: 2 } }),
  ];
}

/** With its settings as they are by default, a variant fails over as fast as it says. */
function brokenClaim({ scenario, judgement }: Trial, { pattern }: Contestant): Violation | undefined {
  const [fault] = scenario.faults;
  if (fault === undefined || judgement.verdict.failoverMs === null || !fault.target.includes('server'))
    return undefined;
  const [, { claims, deliveries }] = variantOf(pattern, scenario.variant);
  const delivery = scenario.load.delivery ?? deliveries[0];
  const broken = checkClaims(claims, fault.fault, judgement.verdict, delivery).find(({ kept }) => !kept);
  return broken && { kind: `claim: ${broken.claim}`, detail: broken.observed ?? '' };
}

/** When anything happened, in milliseconds from the load's beginning: each moment once, and a microsecond later. */
class Moments implements Watcher {
  readonly #at = new Set<number>();
  #now: () => number = () => 0;
  #began: number | undefined;

  get all(): number[] {
    return [...this.#at].map((at) => (at - this.#began! + 1) / 1000);
  }

  begins(now: () => number): void {
    this.#now = now;
  }

  issued(): void {
    // Transactions are issued in whole milliseconds from the beginning of the load, the first in its first.
    this.#began ??= this.#now() - 1000;
    this.#add();
  }

  sent(): void {
    this.#add();
  }

  received(): void {
    this.#add();
  }

  settled(): void {
    this.#add();
  }

  executed(): void {
    this.#add();
  }

  #add(): void {
    if (this.#began !== undefined && this.#now() < this.#began + momentsFor) this.#at.add(this.#now());
  }
}

const directions = ['requests', 'replies'] as const;
const violationsMax = 10;
/** A shorter one than a death's, as nobody has to start again. */
const otherMs = 300;
/** Events after this are heartbeats of a world at rest. */
const momentsFor = 200_000;

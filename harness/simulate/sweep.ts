/**
 * The exhaustive single-fault sweep: a clean run is recorded; then it is run again with a death and a freeze of each
 * node just after each of its events, so that no step of the protocol is left out. Other faults do less.
 */
import { variantOf } from '../../patterns/names.ts';
import { seedFrom } from '../../patterns/parts/chance.ts';
import { checkClaims } from '../claims.ts';
import { parseScenario, type Scenario } from '../scenario.ts';
import type { Watcher } from '../worlds/simulated/watcher.ts';
import { type Campaign, type Conviction, cutDown } from './campaign.ts';
import { type Contestant, hard } from './swarm.ts';
import { attempt, type Faults, type Trial } from './trial.ts';
import type { Violation } from './violation.ts';

export interface SweepOptions {
  readonly seed: number;
  readonly contestants: readonly Contestant[];
  readonly faults: Faults;
  /** So many transactions in the clean run; 10 by default. */
  readonly transactions?: number;
  readonly onRun?: (run: number) => void;
}

export async function sweep({ seed, contestants, faults, onRun, ...rest }: SweepOptions): Promise<Campaign> {
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
    const scenario = isLaw ? await cutDown(trial, violation, contestant, faults) : trial.scenario;
    violations.push({ ...violation, seed, run: count.runs, pattern: pattern.name, variant, scenario });
  };
  const cleans = contestants.flatMap((contestant) =>
    cleanScenarios(seed, contestant, rest.transactions ?? 10).map((clean) => ({ contestant, clean })),
  );
  for (const { contestant, clean } of cleans) {
    const moments = new Moments();
    await take(await attempt(clean, contestant.pattern, faults, moments), contestant);
    for (const atMs of moments.all) {
      for (const fault of hard.filter((one) => faults.has(one))) {
        for (const target of targetsOf(clean, contestant)) {
          const scenario = parseScenario({ ...clean, faults: [{ fault, target, atMs, trigger: 'now' }] });
          await take(await attempt(scenario, contestant.pattern, faults), contestant);
        }
      }
    }
  }
  return { ...count, violations, coverage, missing: [], traceHash: hash };
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

function targetsOf({ topology }: Scenario, { pattern }: Contestant): string[] {
  const servers = Array.from({ length: topology.servers }, (_, index) => `server-${index + 1}`);
  return pattern.topology === 'broker' ? [...servers, 'broker-1'] : servers;
}

/** With its settings as they are by default, a variant fails over as fast as it says. */
function brokenClaim({ scenario, judgement }: Trial, { pattern }: Contestant): Violation | undefined {
  const [fault] = scenario.faults;
  if (fault === undefined || judgement.verdict.failoverMs === null || fault.target.startsWith('broker'))
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

const violationsMax = 10;
/** Events after this are heartbeats of a world at rest. */
const momentsFor = 200_000;

/**
 * Cuts a scenario that breaks a law down to a small one that breaks the same: fewer faults, fewer transactions, fewer
 * settings and nodes. It works because every draw has a key of its own: what is left happens as it did before.
 */
import type { FaultEvent, Scenario } from '../scenario.ts';
import { parseScenario } from '../scenario.ts';

export interface Trials {
  /** Whether a scenario still breaks the law. */
  breaks(scenario: Scenario): Promise<boolean>;
  /** The numbers of the transactions that it issues, in order. */
  issues(scenario: Scenario): Promise<readonly number[]>;
}

type Breaks = Trials['breaks'];

export async function shrink(scenario: Scenario, trials: Trials): Promise<Scenario> {
  const best = await cutDown(scenario, trials);
  if ((best.load.only?.length ?? 0) <= readable) return best;
  for (const anew of toldAnew(best)) if (await trials.breaks(anew)) return cutDown(anew, trials);
  return best;
}

async function cutDown(scenario: Scenario, trials: Trials): Promise<Scenario> {
  const breaks = async (candidate: Scenario) => hasTargets(candidate) && trials.breaks(candidate);
  let best = scenario;
  const accept = async (candidate: Scenario) => {
    if (!(await breaks(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let round = 0; round < roundsMax; round++) {
    const before = JSON.stringify(best);
    best = await fewerFaults(best, breaks);
    best = await fewerTransactions(best, best.load.only ?? (await trials.issues(best)), breaks);
    for (const simpler of simplifications) await accept(parseScenario(simpler(best)));
    for (const setting of Object.keys(best.settings)) await accept(without(best, setting));
    for (const [index] of best.faults.entries()) {
      for (const simpler of faultSimplifications) await accept(withFault(best, index, simpler(best.faults[index]!)));
    }
    if ((best.load.only?.length ?? 0) > readable) {
      for (const tighter of tightenings) await accept(tighter(best));
      for (const setting of counts) await accept(withOne(best, setting));
    }
    if (JSON.stringify(best) === before) break;
  }
  return best;
}

async function fewerFaults(scenario: Scenario, breaks: Breaks): Promise<Scenario> {
  const kept = await fewest(scenario.faults, (faults) => breaks({ ...scenario, faults }));
  return { ...scenario, faults: kept };
}

async function fewerTransactions(scenario: Scenario, numbers: readonly number[], breaks: Breaks): Promise<Scenario> {
  const withOnly = (only: readonly number[]) => ({ ...scenario, load: { ...scenario.load, only: [...only] } });
  // In lock-step a few may come out where all of them, named, do not: whoever issues by name keeps no count of lives.
  const fewer = await fewest(numbers, (only) => breaks(withOnly(only)));
  return fewer.length < numbers.length || (await breaks(withOnly(fewer))) ? withOnly(fewer) : scenario;
}

/** Delta debugging: leaves out halves, then quarters, and so on down to single ones, for as long as it still fails. */
async function fewest<T>(all: readonly T[], fails: (some: T[]) => Promise<boolean>): Promise<T[]> {
  let kept = [...all];
  if (kept.length > 0 && (await fails([]))) return [];
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length; ) {
      const some = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (some.length < kept.length && some.length > 0 && (await fails(some))) kept = some;
      else from += size;
    }
  }
  return withoutPairs(kept, fails);
}

/** Of a few that are none too many by themselves, two may be together. */
async function withoutPairs<T>(all: readonly T[], fails: (some: T[]) => Promise<boolean>): Promise<T[]> {
  let kept = [...all];
  if (kept.length <= readable || kept.length > pairedMax) return kept;
  for (let i = 0; i < kept.length; i++) {
    for (let j = i + 1; j < kept.length; j++) {
      const some = kept.filter((_, k) => k !== i && k !== j);
      if (some.length === 0 || !(await fails(some))) continue;
      kept = some;
      j = i;
    }
  }
  return kept;
}

const simplifications: readonly ((scenario: Scenario) => object)[] = [
  (scenario) => ({ ...scenario, topology: { ...scenario.topology, brokers: 1 } }),
  ({ topology, ...rest }) => ({ ...rest, topology: { ...topology, servers: 1 } }),
  ({ topology, ...rest }) => ({ ...rest, topology: { ...topology, servers: Math.min(topology.servers, 2) } }),
  ({ topology, ...rest }) => ({ ...rest, topology: { ...topology, servers: Math.min(topology.servers, 3) } }),
  (scenario) => ({ ...scenario, handler: { ...scenario.handler, concurrency: 1 } }),
  (scenario) => ({ ...scenario, handler: { ...scenario.handler, serviceMs: 0 } }),
  (scenario) => ({ ...scenario, handler: { ...scenario.handler, serviceMs: 5 } }),
  (scenario) => ({ ...scenario, handler: { ...scenario.handler, parts: 0 } }),
  (scenario) => ({ ...scenario, network: { latencyMs: 0 } }),
  (scenario) => ({ ...scenario, load: { ...scenario.load, stream: false } }),
  (scenario) => ({ ...scenario, load: { ...scenario.load, payloadBytes: 64 } }),
  (scenario) => ({ ...scenario, load: { ...scenario.load, timeoutMs: 3000 } }),
  (scenario) => ({ ...scenario, load: { ...scenario.load, arrivals: 'uniform' } }),
  (scenario) => ({ ...scenario, load: { ...scenario.load, delivery: undefined } }),
  (scenario) => ({ ...scenario, load: { ...scenario.load, timeouts: 'equal' } }),
  (scenario) => ({ ...scenario, load: { ...scenario.load, abandonedShare: 0 } }),
  (scenario) => ({ ...scenario, load: { ...scenario.load, durationMs: Math.ceil(scenario.load.durationMs / 2) } }),
  (scenario) => ({ ...scenario, load: { ...scenario.load, window: Math.ceil(scenario.load.window / 2) } }),
  (scenario) => ({ ...scenario, restart: 'after:1000' }),
];

/** What makes a few transactions do what many do. */
const tightenings: readonly ((scenario: Scenario) => Scenario)[] = [
  ({ load, ...rest }) => ({ ...rest, load: { ...load, timeoutMs: Math.ceil(load.timeoutMs / 2) } }),
  ({ handler, ...rest }) => ({ ...rest, handler: { ...handler, serviceMs: 2 * handler.serviceMs + 1 } }),
];

/** Settings that are counts: with one of each, fewer transactions fill what there is. */
const counts = ['window', 'slots', 'queueLimit'];

function withOne(scenario: Scenario, setting: string): Scenario {
  const { [setting]: count } = scenario.settings;
  return typeof count === 'number' ? { ...scenario, settings: { ...scenario.settings, [setting]: 1 } } : scenario;
}

/**
 * The same story of a few transactions, due in its first milliseconds, and each with more to do: what many do to each
 * other, a few may do as well. The fewest first.
 */
function* toldAnew(scenario: Scenario): Generator<Scenario> {
  const { load, handler, faults } = scenario;
  const first = Math.min(...faults.map(({ atMs }) => atMs));
  const sooner = faults.map((fault) => ({ ...fault, atMs: fault.atMs - first + soonMs }));
  for (let count = 1; count <= Math.min(readable + 2, load.only!.length - 1); count++) {
    for (const serviceMs of [
      handler.serviceMs,
      4 * handler.serviceMs + 1,
      20 * handler.serviceMs + 1,
      load.timeoutMs,
    ]) {
      // Before the first fault, and on both sides of it.
      for (const ratePerSec of [1000, 1000 / soonMs]) {
        const { only: _, ...rest } = load;
        const durationMs = (count * 1000) / ratePerSec;
        const few = { ...rest, model: 'open', arrivals: 'uniform', ratePerSec, durationMs };
        const anew = { ...scenario, load: few, handler: { ...handler, serviceMs }, faults: sooner };
        for (const seed of [scenario.seed, ...lucks]) yield parseScenario({ ...anew, seed });
      }
    }
  }
}

const faultSimplifications: readonly ((fault: FaultEvent) => FaultEvent)[] = [
  (fault) => ({ ...fault, trigger: 'now' }),
  (fault) => ({ ...fault, durationMs: 1000 }),
  (fault) => ({ ...fault, durationMs: Math.ceil(fault.durationMs / 2) }),
  (fault) => ({ ...fault, atMs: Math.round(fault.atMs) }),
];

/** Whether the nodes that its faults mean are there. */
function hasTargets({ topology, faults }: Scenario): boolean {
  const isThere = (node: string) => {
    const [role, number] = node.split('-');
    return number === undefined || Number(number) <= (role === 'broker' ? topology.brokers : topology.servers);
  };
  return faults.every(({ target }) => target.split('/').every(isThere));
}

/** Its default instead; of the heartbeats' interval and timeout neither stands without the other. */
function without(scenario: Scenario, setting: string): Scenario {
  const pair = ['heartbeatIntervalMs', 'heartbeatTimeoutMs'];
  const left = pair.includes(setting) ? pair : [setting];
  const settings = Object.fromEntries(Object.entries(scenario.settings).filter(([name]) => !left.includes(name)));
  return { ...scenario, settings };
}

function withFault(scenario: Scenario, index: number, fault: FaultEvent): Scenario {
  return { ...scenario, faults: scenario.faults.with(index, fault) };
}

const roundsMax = 6;
/** Other seeds, where a story takes luck. */
const lucks = Array.from({ length: 10 }, (_, n) => n + 1);
/** When the first fault of a story strikes that is told anew. */
const soonMs = 10;
/** So few a person can follow. */
const readable = 3;
/** They are tried two by two: so many take some hundred runs. */
const pairedMax = 16;

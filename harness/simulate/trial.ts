/** One run of the simulator, judged. */
import type { AnyPattern } from '../../patterns/pattern.ts';
import type { Fault } from '../faults/fault.ts';
import type { Scenario } from '../scenario.ts';
import { tell } from '../story.ts';
import { placesOf, resolveFaults } from '../targets.ts';
import { type Evidence, type Judgement, judge } from '../verdict.ts';
import type { Watcher } from '../worlds/simulated/watcher.ts';
import { SimulatedWorld } from '../worlds/simulated/world.ts';
import { brokenLaws } from './laws.ts';
import { Observer } from './observer.ts';
import type { Violation } from './violation.ts';

export interface Trial {
  readonly scenario: Scenario;
  readonly evidence: Evidence;
  readonly judgement: Judgement;
  readonly violations: readonly Violation[];
  readonly coverage: ReadonlyMap<string, number>;
  readonly hash: string;
}

export type Faults = ReadonlyMap<string, Fault>;

export async function attempt(given: Scenario, pattern: AnyPattern, faults: Faults, also?: Watcher): Promise<Trial> {
  const scenario = resolveFaults(given, placesOf(given, pattern), faults);
  const observer = new Observer(scenario, pattern);
  const world = new SimulatedWorld(scenario, pattern, also === undefined ? observer : both(observer, also));
  await tell(world, scenario, faults);
  const { evidence } = world;
  const judgement = judge(evidence);
  const violations = [
    ...world.failures.map((detail) => ({ kind: 'threw', detail })),
    ...brokenLaws(pattern, evidence, judgement, observer.isTurnedAway),
    ...observer.violations,
    ...world.leftovers.map((detail) => ({ kind: 'left over', detail })),
  ];
  for (const { fault } of judgement.faults) observer.reach(`fault: ${fault}`);
  return { scenario: given, evidence, judgement, violations, coverage: observer.coverage, hash: observer.hash };
}

/** Two watchers as one. */
function both(first: Watcher, second: Watcher): Watcher {
  const names = [...new Set([...methodsOf(first), ...methodsOf(second)])];
  const call = (watcher: Watcher, name: string, given: unknown[]) =>
    (watcher as unknown as Record<string, ((...given: unknown[]) => void) | undefined>)[name]?.(...given);
  return Object.fromEntries(
    names.map((name) => [
      name,
      (...given: unknown[]) => {
        call(first, name, given);
        call(second, name, given);
      },
    ]),
  );
}

function methodsOf(watcher: Watcher): string[] {
  const own = Object.getOwnPropertyNames(watcher);
  const inherited = Object.getOwnPropertyNames(Object.getPrototypeOf(watcher));
  return [...own, ...inherited].filter(
    (name) => name !== 'constructor' && typeof Reflect.get(watcher, name) === 'function',
  );
}

/** A run in virtual time for a test: three servers, three hundred transactions, whatever is said otherwise. */
import { expect } from 'vitest';
import { findFaults, findPatterns } from '../../harness/registry.ts';
import { parseScenario } from '../../harness/scenario.ts';
import { tell } from '../../harness/story.ts';
import { placesOf, resolveFaults } from '../../harness/targets.ts';
import type { Evidence } from '../../harness/verdict.ts';
import type { Pace } from '../../harness/worlds/simulated/pace.ts';
import { SimulatedWorld } from '../../harness/worlds/simulated/world.ts';

const patterns = await findPatterns();
const faults = await findFaults('simulated');

/** Of every pattern. */
export const variants: readonly [pattern: string, variant: string][] = [...patterns.values()].flatMap(({ pattern }) =>
  Object.keys(pattern.variants).map((variant): [string, string] => [pattern.name, variant]),
);

export async function simulate(input: object, pace?: Pace): Promise<Evidence> {
  const load = { ratePerSec: 300, durationMs: 1000, timeoutMs: 2000 };
  const given = parseScenario({ name: 'simulated', seed: 7, load, ...input });
  const { pattern } = patterns.get(given.pattern)!;
  const scenario = resolveFaults(given, placesOf(given, pattern), faults);
  const world = new SimulatedWorld(scenario, pattern, undefined, pace);
  await tell(world, scenario, faults);
  expect([...world.failures, ...world.leftovers]).toEqual([]);
  return world.evidence;
}

/** A scenario in few words: without what would be so anyway. */
import { isDeepStrictEqual } from 'node:util';
import { parseScenario, type Scenario, type ScenarioInput } from '../scenario.ts';

/** What is left of it means the same. */
export function terse(scenario: Scenario): ScenarioInput {
  const { name, pattern, seed, faults } = scenario;
  const bare = parseScenario({ name, pattern, seed });
  const events = faults.map((event) => {
    const { fault, atMs } = event;
    const [least] = parseScenario({ name, pattern, seed, faults: [{ fault, atMs }] }).faults;
    return { fault, atMs, ...beyond(event, least!) };
  });
  return {
    name,
    pattern,
    seed,
    ...beyond({ ...scenario, faults: [] }, bare),
    ...(events.length === 0 ? {} : { faults: events }),
  };
}

/** The fields of the one that differ from the other's: of objects within, theirs. */
function beyond(one: object, other: object): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(one)) {
    const usual = (other as Record<string, unknown>)[field];
    if (value === undefined || isDeepStrictEqual(value, usual)) continue;
    told[field] = isPlain(value) && isPlain(usual) ? beyond(value, usual) : value;
  }
  return told;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

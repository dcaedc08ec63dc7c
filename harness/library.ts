/** Named scenarios: a file under `scenarios/` is one, by being there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ScenarioInput } from './scenario.ts';

/** By name, as they stand in their files. */
export function findScenarios(): Map<string, ScenarioInput> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return new Map(files.sort().map((file) => [basename(file, '.json'), namedScenario(basename(file, '.json'))!]));
}

/** Undefined where there is none of that name. */
export function namedScenario(name: string): ScenarioInput | undefined {
  const path = join(folder, `${name}.json`);
  if (!/^[\w-]+$/.test(name) || !existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, 'utf8')) as ScenarioInput;
}

const folder = fileURLToPath(new URL('./scenarios', import.meta.url));

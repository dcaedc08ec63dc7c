/** Scenarios that once broke a law, cut down to what it took. They keep it for ever. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findFaults, findPatterns } from '../../harness/registry.ts';
import { parseScenario } from '../../harness/scenario.ts';
import { attempt } from '../../harness/simulate/trial.ts';

const folder = new URL('../regressions/', import.meta.url);
const [patterns, faults] = [await findPatterns(), await findFaults('simulated')];

describe('a regression', () => {
  it.each(readdirSync(folder))('%s breaks no law any more', async (file) => {
    const scenario = parseScenario(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
    expect(scenario.name).toBe(file.replace('.json', ''));
    const { violations } = await attempt(scenario, patterns.get(scenario.pattern)!.pattern, faults);
    expect(violations).toEqual([]);
  });

  it('what an idle server refused is executed in time', async () => {
    const text = readFileSync(new URL('idle-server-takes-its-rest-for-a-freeze.json', folder), 'utf8');
    const scenario = parseScenario(JSON.parse(text));
    const { judgement } = await attempt(scenario, patterns.get(scenario.pattern)!.pattern, faults);
    expect(judgement.verdict.committed).toBe(1);
  });
});

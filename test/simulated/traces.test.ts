/**
 * Golden traces: short stories of each pattern, as the simulator tells them. They read like the protocol's documentation,
 * and a change that alters one must say so: `npm run traces` writes them anew.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findFaults, findPatterns } from '../../harness/registry.ts';
import { parseScenario } from '../../harness/scenario.ts';
import { diagram } from '../../harness/simulate/diagram.ts';

const folder = new URL('../traces/', import.meta.url);
const traces = (readdirSync(folder, { recursive: true }) as string[]).filter((path) => path.endsWith('.txt')).sort();
const [patterns, faults] = [await findPatterns(), await findFaults('simulated')];
const writes = process.env['PRIVATEER_TRACES'] === 'write';

describe('a golden trace', () => {
  it.each(traces)('%s is what happens', async (path) => {
    const written = readFileSync(new URL(path, folder), 'utf8');
    const [head = ''] = written.split('----\n');
    const [about = '', given = ''] = head.split('\n');
    expect(about).toMatch(/^# [A-Z].*\.$/);
    const scenario = parseScenario({ name: path.replace('.txt', '').replace('/', '-'), ...JSON.parse(given) });
    expect(path.startsWith(`${scenario.pattern}/`)).toBe(true);
    const told = `${head}----\n${await diagram(scenario, patterns.get(scenario.pattern)!.pattern, faults)}\n`;
    if (writes) writeFileSync(new URL(path, folder), told);
    else expect(told).toBe(written);
  });

  it('there are some of every pattern', () => {
    for (const name of patterns.keys()) expect(traces.some((path) => path.startsWith(`${name}/`))).toBe(true);
  });
});

/** The simulator's command: one object, the same each time; what it convicts is drawn, and fails. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { findFaults, findPattern } from '../../harness/registry.ts';
import { parseScenario } from '../../harness/scenario.ts';
import { attempt } from '../../harness/simulate/trial.ts';
import { command } from './command.ts';

it('prints one object, and the same trace hash each time', { timeout: 60_000 }, async () => {
  const [one, other] = [await simulate(), await simulate()];
  expect([one.code, one.stderr]).toEqual([0, '']);
  const said = JSON.parse(one.stdout) as { runs: number; violations: unknown[]; traceHash: string };
  expect(Object.keys(said)).toEqual(['runs', 'transactions', 'faults', 'violations', 'coverage', 'traceHash']);
  expect(said).toMatchObject({ runs: 30, violations: [], traceHash: expect.stringMatching(/^[0-9a-f]{8}$/) });
  expect(other.stdout).toBe(one.stdout);
});

it('a canary fails with its scenario and a diagram, and is saved as a scenario that fails alike', {
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const canaries = fileURLToPath(new URL('../../dist/test/canaries', import.meta.url));
  const asked = ['--runs', '20', '--pattern', 'forgets', '--patterns', canaries, '--save', folder];
  const { code, stdout } = await command('simulate', ...asked);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^run \d+, seed \d+: forgets\/default: phantom$/m);
  expect(stdout).toMatch(/^\{"name":"swarm-\d+","pattern":"forgets"/m);
  expect(stdout).toContain('─▶ request');

  const [file] = readdirSync(folder);
  const given = readFileSync(join(folder, file!), 'utf8');
  const scenario = parseScenario(JSON.parse(given));
  expect(file).toBe(`${scenario.name}.json`);
  expect(JSON.parse(given).load).not.toHaveProperty('abandonedShare');
  const { pattern } = await findPattern('forgets', [fileURLToPath(new URL('../canaries', import.meta.url))]);
  const { violations } = await attempt(scenario, pattern, await findFaults('simulated'));
  expect(violations.map(({ kind }) => kind)).toContain('phantom');
});

it('says what it does not know, with exit code 2', async () => {
  const { code, stderr } = await command('simulate', '--fault', 'flood');
  const there = [...(await findFaults('simulated')).keys(), 'none', 'all'].join(', ');
  expect([code, stderr]).toEqual([2, `privateer: fault: "flood" is not allowed; there are ${there}\n`]);
});

function simulate() {
  return command('simulate', '--runs', '30', '--seed', '7', '--json');
}

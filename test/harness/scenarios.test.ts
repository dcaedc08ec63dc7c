/** Scenarios are data: the published schema is that of the code, and every named one can be run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkScenario } from '../../harness/check-scenario.ts';
import { findScenarios } from '../../harness/library.ts';
import { findFaults } from '../../harness/registry.ts';
import { parseScenario } from '../../harness/scenario.ts';
import { scenarioJsonSchema } from '../../harness/scenario-schema.ts';

const published = new URL('../../harness/scenario.schema.json', import.meta.url);
const faults = await findFaults();
const library = findScenarios();

it('the published JSON Schema is that of the code', () => {
  const schema = `${JSON.stringify(scenarioJsonSchema(faults), undefined, 2)}\n`;
  if (process.env['PRIVATEER_SCHEMA'] === 'write') writeFileSync(published, schema);
  expect(JSON.parse(readFileSync(published, 'utf8'))).toEqual(JSON.parse(schema));
});

describe.each([...library])('%s', (name, given) => {
  const scenario = parseScenario(given);

  it('is called as its file, and says in one paragraph what it shows and what to expect', () => {
    expect(scenario.name).toBe(name);
    expect(scenario.about).toMatch(/^[A-Z][^\n]{100,}\.$/);
    expect(scenario.about).toContain('Expect ');
    expect(given.$schema).toBe('../scenario.schema.json');
  });

  it.each(['brokerless-req', 'freelance', 'majordomo'])(
    'can be run with %s, where there is what it is about',
    async (pattern) => {
      const isAboutBrokers = scenario.faults.some(({ target }) => target.startsWith('broker'));
      const checked = checkScenario({ ...scenario, pattern });
      if (isAboutBrokers && pattern !== 'majordomo')
        await expect(checked).rejects.toThrow(/^faults.0.target: "broker"/);
      else await checked;
    },
  );

  it('has a quiet second before its faults, save for those that are there from the start', () => {
    for (const { fault, atMs } of scenario.faults) if (fault !== 'absent') expect(atMs).toBeGreaterThanOrEqual(1000);
  });
});

it('the library covers what can happen', () => {
  expect([...library.keys()]).toEqual(expect.arrayContaining(mustBeThere));
});

const mustBeThere = [
  'none',
  'dead-endpoint',
  'kill-and-restart',
  'kill-for-ever',
  'rolling-restart',
  'crash-loop',
  'pause-and-resume',
  'kill-after-execute',
  'grey-failure',
  'broker-kill',
  'broker-pause',
  'client-kill',
  'partition-from-one-server',
  'partition-between-hosts',
  'partition-one-way',
  'reconnect-storm',
  'overload-by-losing-a-server',
  'everything-down',
  'cold-start',
  'scale-out',
  'scale-in',
];

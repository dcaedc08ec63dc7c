/** Each published claim, put to the test in a trial: what the command prints of it, and that it holds. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Check, Reproduction } from '../../harness/reproductions/reproduction.ts';
import { findReproductions, putToTheTest, type Reproduced } from '../../harness/reproductions/reproductions.ts';
import { command, start, until } from '../cli/command.ts';
import { processesWith } from '../endurance/command-lines.ts';
import { has, isAll } from '../needs.ts';

const runs = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(runs, { recursive: true }));

/** These take a few seconds, and hardly any of the CPU's; the others start many processes. */
const small = ['published-snippet', 'sends-that-do-not-block', 'bounded-queues'];
const names = [...(await findReproductions()).keys()];

describe('a trial of each', () => {
  it.runIf(isAll).each(names.filter((name) => !small.includes(name)))('%s', { timeout: 120_000 }, holds);

  it.concurrent.each(small)('%s', { timeout: 60_000 }, async (name) => {
    expect(names).toContain(name);
    await holds(name);
  });
});

async function holds(name: string): Promise<void> {
  const { code, stdout, stderr } = await command('reproduce', name, '--quick', '--json', '--runs', runs);
  expect(stderr).toBe('');
  const said = JSON.parse(stdout) as Reproduced;
  expect(said.checks.filter((check) => !check.holds)).toEqual([]);
  expect(said).toMatchObject({ reproduction: name, reproduced: true, quick: true, seed: 1 });
  expect(said.checks.length).toBeGreaterThan(1);
  expect(code).toBe(0);
}

describe('what came of one', () => {
  const check: Check = { what: 'lost', expected: '0', measured: '0', holds: true };
  const of = async (checks: readonly Check[]) => {
    const reproduction: Reproduction = {
      name: 'made-up',
      about: 'a claim',
      claim: 'it holds',
      source: 'nobody',
      reproduce: async () => ({ checks, figures: {} }),
    };
    const options = { runsFolder: runs, seed: 1, quick: true, onPhase: () => undefined };
    return (await putToTheTest(reproduction, options)).reproduced;
  };

  it('is reproduced where every check holds, not where one does not, and not where nothing was checked', async () => {
    expect(await of([check, check])).toBe(true);
    expect(await of([check, { ...check, measured: '1', holds: false }])).toBe(false);
    expect(await of([])).toBe(false);
  });
});

describe.runIf(has('/proc', 'to see the processes of this machine'))('stopped', () => {
  it('it ends with 130, and leaves no process behind', async () => {
    const harness = start(['reproduce', 'pool-attrition', '--quick', '--runs', runs]);
    const ended = once(harness, 'exit') as Promise<[number | null]>;
    const children = () => processesWith('"name":"pool-attrition"');
    await until('its processes run', () => children().length > 3);
    harness.kill('SIGINT');
    expect((await ended)[0]).toBe(130);
    await until('every child is gone', () => children().length === 0, 5000);
  });
});

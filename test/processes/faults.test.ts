/** Real processes, real signals: one kill and one pause for each pattern and variant, and what each must show for it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Summary } from '../../harness/summary.ts';
import { command } from '../cli/command.ts';
import { isAll } from '../needs.ts';

// On a busy machine a run may have to be made three times.
vi.setConfig({ testTimeout: 60_000 });
const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const contestants = [
  ['brokerless-req', 'as-published'],
  ['brokerless-req', 'immediate'],
  ['brokerless-req', 'reverse'],
  ['brokerless-req', 'retry'],
  ['freelance', 'default'],
  ['majordomo', 'default'],
] as const;

async function runOne(pattern: string, variant: string, fault: string): Promise<Summary> {
  const path = join(folder, `${pattern}-${variant}-${fault}.json`);
  writeFileSync(
    path,
    JSON.stringify({
      name: 'test',
      pattern,
      variant,
      seed: 7,
      load: { durationMs: 1800, timeoutMs: 2000 },
      restart: 'after:300',
      faults: [{ fault, atMs: 700, durationMs: 900 }],
    }),
  );
  const { stdout, stderr } = await command('run', path, '--json', '--tries', '3', '--runs', join(folder, 'runs'));
  for (const line of stderr.split('\n').filter((each) => each !== '')) {
    console.warn(line);
    expect(line).toMatch(machineWasBusy);
  }
  return JSON.parse(stdout) as Summary;
}

/** The one reason for which a run is made again: the machine did something else. Faults always strike what they aim at. */
const machineWasBusy = /^run again, .*\(the generator lagged by [^;]*\)$/;

/** What the first of their pattern shows of the machine and the harness, these show again: in the full form. */
const repeating = ['immediate', 'reverse'];

describe.each(contestants)('%s %s', (pattern, variant) => {
  it.runIf(isAll || !repeating.includes(variant)).each(['kill', 'pause'])(
    '%s: honest, conclusive, and its summary is true',
    async (fault) => {
      const { row, id } = await runOne(pattern, variant, fault);
      expect(row.doubts).toEqual([]);
      expect(row).toMatchObject({
        honest: true,
        conclusive: true,
        phantom: 0,
        falseRefusals: 0,
        mismatched: 0,
        stuck: 0,
      });
      expect(row.due).toBeGreaterThan(400);
      if (variant === 'default') expect(row).toMatchObject({ lost: 0, unknown: 0, refused: 0 });
      const verified = await command('verify', join(folder, 'runs', id));
      expect(verified.stdout).toBe('the summary is true\n');
      expect(verified.code).toBe(0);
    },
  );
});

describe('verify', () => {
  it('a history with one line taken away: the summary is not true any more', async () => {
    const { id } = await runOne('freelance', 'default', 'kill');
    const run = join(folder, 'runs', id);
    expect(readdirSync(run).sort()).toEqual([
      'history.jsonl',
      'index.html',
      'ledgers',
      'scenario.json',
      'summary.json',
      'timeline.svg',
    ]);
    const path = join(run, 'history.jsonl');
    const lines = readFileSync(path, 'utf8').split('\n');
    const settled = lines.findIndex((line) => line.includes('"kind":"settled"'));
    writeFileSync(path, lines.filter((_, index) => index !== settled).join('\n'));
    const { code, stdout } = await command('verify', run);
    expect(stdout).toContain('stuck');
    expect(code).toBe(1);
  });
});

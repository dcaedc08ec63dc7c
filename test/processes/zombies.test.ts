/** A server freezes while it holds much, all of it is dealt out again, and it thaws: nothing of it may start or commit. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../harness/summary.ts';
import { command } from '../cli/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function frozen(pattern: string, settings: object): Promise<Summary['row']> {
  const path = join(folder, `${pattern}.json`);
  writeFileSync(
    path,
    JSON.stringify({
      name: 'zombies',
      pattern,
      seed: 3,
      settings,
      // Ten requests at each server, four of them begun: of what freezes, some has begun and some waits.
      load: { ratePerSec: 400, durationMs: 2200 },
      handler: { serviceMs: 25, concurrency: 4 },
      faults: [{ fault: 'pause', atMs: 800, durationMs: 900 }],
    }),
  );
  const { stdout, stderr } = await command('run', path, '--json', '--runs', join(folder, 'runs'));
  expect(stderr).toBe('');
  return (JSON.parse(stdout) as Summary).row;
}

describe('a server that freezes and thaws', () => {
  it.each(['freelance', 'majordomo'])('%s: nothing late, nothing twice, nothing lost', async (pattern) => {
    const row = await frozen(pattern, {});
    expect(row.masked).toBeGreaterThan(0);
    expect(row).toMatchObject({ lateExecutions: 0, duplicated: 0, unknown: 0, refused: 0, honest: true, doubts: [] });
  });

  it('the control, freelance without leases: it executes what had been given to others', async () => {
    const row = await frozen('freelance', { leases: false });
    expect(row.duplicated).toBeGreaterThan(0);
    expect(row.lateExecutions).toBeGreaterThan(0);
  });
});

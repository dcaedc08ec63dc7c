/** Broken patterns that the harness must convict by name. One that gets away means that the harness proves nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../../harness/compare.ts';
import { command } from '../cli/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const canaries = fileURLToPath(new URL('../../dist/test/canaries', import.meta.url));

describe('a canary is convicted by name', () => {
  it.each([
    ['forgets', 'phantom'],
    ['misroutes', 'mismatched'],
    ['hangs', 'stuck'],
  ] as const)('%s, of %s, and of no other lie', async (canary, crime) => {
    const { code, row } = await judged(canary);
    expect(row[crime]).toBeGreaterThan(0);
    expect(row.honest).toBe(false);
    const lies = (['phantom', 'falseRefusals', 'mismatched', 'stuck'] as const).filter((lie) => row[lie] > 0);
    expect(lies).toEqual([crime]);
    expect(code).toBe(1);
  });

  it('repeats, of duplicates without any fault', async () => {
    const { row } = await judged('repeats');
    expect(row.duplicated).toBeGreaterThan(0);
    expect(row.honest).toBe(true);
    expect(row.claims.filter(({ kept }) => !kept)).toHaveLength(1);
  });
});

async function judged(canary: string) {
  const args = ['--pattern', canary, '--fault', 'none', '--duration', '800', '--patterns', canaries, '--runs', folder];
  const { code, stdout } = await command('compare', '--json', ...args);
  const comparison = JSON.parse(stdout) as Comparison;
  return { code, row: comparison.rows[0]! };
}

/**
 * Broken patterns that the harness must convict by name, in real processes and in virtual time. One that gets away means
 * that the harness proves nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../../harness/compare.ts';
import { parseScenario } from '../../harness/scenario.ts';
import type { ResultRow } from '../../harness/summary.ts';
import { command } from '../cli/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const canaries = fileURLToPath(new URL('../../dist/test/canaries', import.meta.url));

/** As it was built: its processes are. */
const { run } = (await import(
  new URL('../../dist/harness/run.js', import.meta.url).href
)) as typeof import('../../harness/run.ts');

/** Of what each is guilty, and of nothing else that is a lie or breaks a claim. */
const crimes: readonly [canary: string, fault: 'none' | 'kill' | 'pause', crime: string][] = [
  ['forgets', 'none', 'phantom'],
  ['misroutes', 'none', 'mismatched'],
  ['hangs', 'none', 'stuck'],
  ['refuses', 'none', 'falseRefusals'],
  ['repeats', 'none', 'executes at most once'],
  ['swallows', 'none', 'loses nothing without a fault'],
  ['despairs', 'kill', 'loses nothing to kill'],
  ['dawdles', 'kill', 'fails over within 250 ms'],
  ['thaws', 'pause', 'late executions'],
];

describe.each(['processes', 'simulated'] as const)('in the world of the %s', (world) => {
  it('every canary is convicted, of its crime and of no other', { timeout: 60_000 }, async () => {
    const found = new Map<string, string[]>();
    // Two at a time: most of it is processes that start.
    const left = [...crimes];
    const judge = async () => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) {
        found.set(one[0], guiltOf(await judged(one[0], one[1], world)));
      }
    };
    await Promise.all([judge(), judge()]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(crimes.map(([canary, , crime]) => [canary, [crime]])));
  });
});

it('a liar fails the command that ran it', async () => {
  const args = ['--pattern', 'forgets', '--fault', 'none', '--duration', '400', '--servers', '1'];
  const { code, stdout } = await command('compare', '--json', ...args, '--patterns', canaries, '--runs', folder);
  const { rows } = JSON.parse(stdout) as Comparison;
  expect([code, rows[0]!.honest, rows[0]!.phantom > 0]).toEqual([1, false, true]);
});

/** A fault strikes while requests are with both servers; without one a single server will do. */
async function judged(pattern: string, fault: string, world: 'processes' | 'simulated'): Promise<ResultRow> {
  const scenario = parseScenario({
    name: 'canary',
    pattern,
    seed: 5,
    topology: { servers: fault === 'none' ? 1 : 2 },
    load: { ratePerSec: 400, durationMs: fault === 'none' ? 400 : 800, timeoutMs: fault === 'none' ? 500 : 1500 },
    // What is frozen before it has begun is executed late: the longer a handler takes, the more there is of that.
    handler: { serviceMs: fault === 'pause' ? 8 : 4, concurrency: 4 },
    restart: 'after:700',
    faults: fault === 'none' ? [] : [{ fault, target: 'server-1', atMs: 300, durationMs: 800 }],
  });
  const options = { runsFolder: folder, patternFolders: [canaries], world };
  return (await run(scenario, options)).row;
}

function guiltOf(row: ResultRow): string[] {
  const lies = (['phantom', 'falseRefusals', 'mismatched', 'stuck'] as const).filter((lie) => row[lie] > 0);
  expect(row.honest).toBe(lies.length === 0);
  const broken = row.claims.filter(({ kept }) => !kept).map(({ claim }) => claim);
  // A lie may break other claims with it, and always breaks the first.
  if (lies.length > 0) expect(broken).toContain('tells no lies');
  else if (broken.length > 0) return broken;
  return lies.length > 0 ? lies : row.lateExecutions > 0 ? ['late executions'] : [];
}

/** A fault that this machine can't do is skipped, and the reason said. Without `ip` no machine has network namespaces. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { command } from './command.ts';

const runs = join(mkdtempSync(join(tmpdir(), 'privateer-test-')), 'runs');
const { PATH } = process.env;
beforeAll(() => {
  process.env['PATH'] = '';
});
afterAll(() => {
  process.env['PATH'] = PATH;
  rmSync(join(runs, '..'), { recursive: true });
});

const reason = /partition: (network namespaces |ip netns add .*ENOENT$)/;

it('one run: it has failed, for it shows nothing', async () => {
  const { code, stdout, stderr } = await command('run', 'partition-between-hosts', '--json', '--runs', runs);
  expect(stderr).toMatch(/^privateer: skipped: partition: [^\n]*\n$/);
  expect(stderr.trimEnd()).toMatch(reason);
  expect([code, stdout]).toEqual([1, '']);
  expect(existsSync(runs)).toBe(false);
});

it('a comparison: the others are made, and what was skipped is in its report', async () => {
  const short = ['--pattern', 'freelance', '--duration', '1200', '--rate', '100', '--runs', runs];
  const { stdout } = await command('compare', '--json', '--fault', 'none,partition', ...short);
  const { rows, skipped } = JSON.parse(stdout) as Record<'rows' | 'skipped', Record<string, string>[]>;
  expect(rows!.map(({ fault }) => fault)).toEqual(['none']);
  expect(skipped).toMatchObject([{ scenario: 'compare-partition', pattern: 'freelance' }]);
  expect(skipped![0]!['reason']).toMatch(reason);
});

it('a comparison of nothing else: nothing was shown', async () => {
  const { code, stdout } = await command('compare', '--pattern', 'freelance', '--fault', 'one-way', '--runs', runs);
  expect(stdout).toMatch(/^skipped, one run: one-way: /m);
  expect(code).toBe(1);
});

// On a busy machine a run may have to be made three times.
it('a campaign: the same, and one of nothing else has failed', { timeout: 60_000 }, async () => {
  const one = ['--repeat', '1', '--pattern', 'freelance', '--duration', '1200', '--rate', '100', '--runs', runs];
  const { stdout } = await command('compare', '--scenario', 'none,partition-one-way', ...one);
  expect(stdout).toMatch(/^– skipped: .*one-way: /m);
  const { code, stderr } = await command('compare', '--scenario', 'partition-one-way', ...one);
  expect(stderr).toMatch(/^privateer: skipped: one-way: [^\n]*\n$/);
  expect(code).toBe(1);
});

it('the list says so too', async () => {
  const { stdout } = await command('list');
  expect(stdout).toMatch(/^ {2}one-way .*\(not on this machine: .+\)$/m);
  expect(stdout).toMatch(/^ {2}kill .*[^)]$/m);
});

import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { command, start } from './command.ts';

it('list names every pattern, variant and fault, and one object with --json', async () => {
  const plain = await command('list');
  for (const name of ['brokerless-req', 'as-published', 'freelance', 'majordomo', 'kill', 'pause', 'dead-endpoint']) {
    expect(plain.stdout).toContain(name);
  }
  const { stdout, stderr, code } = await command('list', '--json');
  const listed = JSON.parse(stdout) as { patterns: { name: string }[]; faults: { name: string }[] };
  expect(listed.patterns.map(({ name }) => name)).toEqual(['brokerless-req', 'freelance', 'majordomo']);
  const faults = readdirSync(new URL('../../harness/faults', import.meta.url)).map((file) => file.replace('.ts', ''));
  const helpers = ['fault', 'one-message', 'options'];
  expect(listed.faults.map(({ name }) => name).sort()).toEqual(faults.filter((name) => !helpers.includes(name)).sort());
  expect(stderr).toBe('');
  expect(code).toBe(0);
});

it('help exits 0', async () => {
  expect((await command('--help')).code).toBe(0);
  expect((await command('compare', '--help')).code).toBe(0);
});

it('who stops reading is no failure', async () => {
  const child = start(['list', '--json']);
  child.stdout!.destroy();
  let stderr = '';
  child.stderr!.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  expect([code, stderr]).toEqual([0, '']);
});

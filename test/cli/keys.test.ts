import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { KeyPair } from '../../patterns/index.ts';
import { publicKeyOf } from '../../patterns/security.ts';
import { command } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('keys prints a pair, another each time', async () => {
  const { stdout, stderr, code } = await command('keys', '--json');
  const pair = JSON.parse(stdout) as KeyPair;
  expect(Object.keys(pair)).toEqual(['publicKey', 'secretKey']);
  expect(publicKeyOf(pair.secretKey)).toBe(pair.publicKey);
  expect([stderr, code]).toEqual(['', 0]);

  const [, publicKey, secretKey] = /^publicKey {2}(\S{40})\nsecretKey {2}(\S{40})\n$/.exec(
    (await command('keys')).stdout,
  )!;
  expect(publicKeyOf(secretKey!)).toBe(publicKey);
  expect(publicKey).not.toBe(pair.publicKey);
});

it('keys --out writes the pair for its owner alone, and does not show the secret', async () => {
  const file = join(folder, 'a.key');
  const { stdout, code } = await command('keys', '--out', file);
  const pair = JSON.parse(readFileSync(file, 'utf8')) as KeyPair;
  expect(publicKeyOf(pair.secretKey)).toBe(pair.publicKey);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect([stdout, code]).toEqual([`publicKey  ${pair.publicKey}\n`, 0]);
});

it('keys --out overwrites nothing', async () => {
  const file = join(folder, 'b.key');
  writeFileSync(file, 'precious');
  const { stdout, stderr, code } = await command('keys', '--out', file);
  expect([stdout, stderr, code]).toEqual([
    '',
    `privateer: out: "${file}" is not allowed; that file is there already\n`,
    2,
  ]);
  expect(readFileSync(file, 'utf8')).toBe('precious');
});

/** The claims that can be put to the test: each says whose it is, and what it shows. */
import { expect, it } from 'vitest';
import { findReproductions } from '../../harness/reproductions/reproductions.ts';
import { command } from './command.ts';

it('--list names every reproduction, a line each, and --json says whose claim it is', async () => {
  const plain = await command('reproduce', '--list');
  const { stdout, stderr, code } = await command('reproduce', '--list', '--json');
  const listed = JSON.parse(stdout) as Record<string, string>[];
  const names = listed.map(({ name }) => name);
  expect(names).toEqual([...(await findReproductions()).keys()]);
  expect(names).toContain('dead-endpoint');
  expect(
    plain.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).toEqual(names);
  for (const each of listed) {
    expect(Object.keys(each)).toEqual(['name', 'about', 'claim', 'source']);
    expect(Object.values(each).every((text) => text.length > 5)).toBe(true);
  }
  expect([code, stderr]).toEqual([0, '']);
});

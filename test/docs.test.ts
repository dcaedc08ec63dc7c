/** What the documents say is run, so that it stays true. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { command } from './cli/command.ts';
import { freeEndpoint, request, role } from './cli/roles.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

const snippets = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code!);

it.each(snippets.map((code, i) => [i + 1, code] as const))(
  'the code in README.md runs as it stands, and prints what its comments say: %i',
  (_number, code) => {
    const said = [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => `${line}\n`);
    // Inside the package its own name resolves to it, by the very exports that users get.
    const folder = mkdtempSync(join(root, 'dist', 'snippet-'));
    try {
      writeFileSync(join(folder, 'snippet.mjs'), code);
      const printed = execFileSync(process.execPath, [join(folder, 'snippet.mjs')], { encoding: 'utf8' });
      expect(said.length).toBeGreaterThan(0);
      expect(printed).toBe(said.join(''));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

it('the three terminals of README.md show what they show', async () => {
  const [, session] = /```console\n([\s\S]*?)```/.exec(readme)!;
  // The port alone is another one: that one may be taken here.
  const there = session!.replaceAll('tcp://127.0.0.1:5555', await freeEndpoint());
  const [broker, server, client] = [...there.matchAll(/^\d\$ npx privateer (.*)\n(.*)\n/gm)].map(([, line, shown]) => ({
    args: line!.split(' '),
    shown: shown!,
  }));
  expect((await role(...broker!.args)).line).toBe(broker!.shown);
  expect((await role(...server!.args)).line).toBe(server!.shown);
  const { stdout, stderr } = await request(client!.args.slice(1));
  expect([stdout.toString(), stderr]).toEqual([client!.shown, '']);
});

it('README.md has exactly the two set-up lines', () => {
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block);
  expect(blocks).toEqual(['npm ci && npm start\n', 'npm ci && npm test\n']);
});

it('every command that README.md names exists', async () => {
  const named = [...readme.matchAll(/`npx privateer (\w+)/g)].map(([, name]) => name!);
  const { stdout } = await command('--help');
  expect(named.length).toBeGreaterThan(4);
  for (const name of named) expect(stdout).toContain(`  ${name} `);
});

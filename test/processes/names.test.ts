/** A name is resolved anew for each attempt to connect: who moves to another address is found there. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { freePorts } from '../../harness/worlds/processes/ports.ts';
import { can } from '../needs.ts';
import { patterns } from '../patterns/all-patterns.ts';

/** Mounts a file over /etc/hosts, where nobody else sees it, and runs the rest. */
const withHosts = ['--mount', 'sh', '-c', 'mount --bind "$1" /etc/hosts && shift && exec "$@"', 'sh'];
const moved = fileURLToPath(new URL('./moved-host.mjs', import.meta.url));

const isPossible = can('a mount namespace of one’s own (root, unshare)', 'to give a name another address', () => {
  const folder = mkdtempSync(join(tmpdir(), 'privateer-hosts-'));
  try {
    const hosts = join(folder, 'hosts');
    writeFileSync(hosts, '127.0.0.2 moved.privateer.test\n');
    const seen = execFileSync('unshare', [...withHosts, hosts, 'cat', '/etc/hosts'], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return seen.includes('moved.privateer.test');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const all = patterns.flatMap((pattern) =>
  Object.keys(pattern.variants).map((variant) => [pattern.name, variant] as const),
);

describe.skipIf(!isPossible)('who listens moves to another address under the same name', () => {
  test.each(all)('%s %s: those that call it find it again', async (name, variant) => {
    const folder = mkdtempSync(join(tmpdir(), 'privateer-hosts-'));
    try {
      const hosts = join(folder, 'hosts');
      writeFileSync(hosts, '');
      const [port] = await freePorts(1);
      const patternUrl = new URL(`../../dist/patterns/${name}/pattern.js`, import.meta.url).href;
      const told = JSON.stringify({ patternUrl, variant, port });
      const { code, output } = await run('unshare', [...withHosts, hosts, process.execPath, moved, told]);
      expect(output).toBe('found again\n');
      expect(code).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function run(command: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 25_000, killSignal: 'SIGKILL' });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.on('close', (code) => resolve({ code, output }));
  });
}

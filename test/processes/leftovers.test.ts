/** Nothing is left behind: not by Ctrl-C, not by a harness that was killed, not even a child that was paused. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parseScenario } from '../../harness/scenario.ts';
import { start, until } from '../cli/command.ts';
import { processesWith } from '../endurance/command-lines.ts';
import { has } from '../needs.ts';

const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * A run long enough to be interrupted, with faults that last as long: a server paused, one that dies again and again, one
 * that is not there, and a link through the relay. Its socket is on every child's command line.
 */
function longRun(name: string): string {
  const path = join(folder, `${name}.json`);
  const faults = [
    { fault: 'absent', target: 'server-2', atMs: 0, durationMs: 60_000 },
    { fault: 'pause', target: 'server-1', atMs: 300, durationMs: 60_000 },
    { fault: 'crash-loop', target: 'server-3', atMs: 300, trigger: 'now', durationMs: 60_000 },
    { fault: 'hold', target: 'client/broker', atMs: 800, durationMs: 60_000 },
  ];
  const topology = { endpoints: [`ipc://${join(folder, `${name}.socket`)}`] };
  const load = { durationMs: 60_000 };
  writeFileSync(path, JSON.stringify({ name, pattern: 'majordomo', seed: 1, topology, load, faults }));
  return path;
}

function areAllDone(runs: string): boolean {
  try {
    const [id] = readdirSync(runs);
    return readFileSync(join(runs, id!, 'history.jsonl'), 'utf8').split('"phase":"done"').length - 1 === 4;
  } catch {
    return false;
  }
}

describe.runIf(has('/proc', 'to see the processes of this machine'))('a run with faults under way', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'the harness gets %s: no child runs and no socket file stays two seconds later',
    async (signal) => {
      const others = new Set(processesWith('--privateer-reaper'));
      const name = `leftovers-${signal.toLowerCase()}`;
      const runs = join(folder, name);
      const harness = start(['run', longRun(name), '--runs', runs]);
      const ended = once(harness, 'exit') as Promise<[number | null]>;
      await until('every fault has taken hold', () => areAllDone(runs));
      // The broker, the paused server, the client and the relay, if not the one that comes and goes.
      expect(processesWith(`${name}.socket`).length).toBeGreaterThanOrEqual(4);
      expect(readdirSync(folder)).toContain(`${name}.socket`);
      // Whatever else runs on this machine has reapers of its own.
      const own = processesWith('--privateer-reaper').filter((pid) => !others.has(pid));
      expect(own.length).toBeGreaterThan(0);
      harness.kill(signal);
      const [code] = await ended;
      expect(code).toBe(signal === 'SIGKILL' ? null : 130);
      await until('every child is gone', () => processesWith(`${name}.socket`).length === 0, 2000);
      await until('the socket file is gone', () => !readdirSync(folder).includes(`${name}.socket`), 2000);
      await until(
        'the reaper is gone',
        () => !processesWith('--privateer-reaper').some((pid) => own.includes(pid)),
        2000,
      );
    },
  );
});

it.runIf(has('/proc', 'to see the processes of this machine'))(
  'a harness killed while it starts a child: the child ends, though nobody was there to tell it',
  async () => {
    const socket = join(folder, 'orphan.socket');
    const scenario = parseScenario({ name: 'orphan', pattern: 'freelance', seed: 1 });
    const patternUrl = new URL('../../dist/patterns/freelance/pattern.js', import.meta.url).href;
    const file = join(folder, 'orphan.jsonl');
    const spec = { node: 'server-1', role: 'server', patternUrl, scenario, endpoints: [`ipc://${socket}`], file };
    const entry = fileURLToPath(new URL('../../dist/harness/worlds/processes/child.js', import.meta.url));
    const program = `
      const [entry, spec] = process.argv.slice(1);
      require('node:child_process').fork(entry, [spec]);
      process.kill(process.pid, 'SIGKILL');
    `;
    const harness = spawn(process.execPath, ['-e', program, entry, JSON.stringify(spec)], { stdio: 'inherit' });
    await once(harness, 'exit');
    expect(processesWith(socket)).toHaveLength(1);
    try {
      await until('the child is gone', () => processesWith(socket).length === 0);
    } finally {
      for (const pid of processesWith(socket)) process.kill(pid, 'SIGKILL');
    }
  },
);

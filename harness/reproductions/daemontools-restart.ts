/** How long a supervised server is away: as soon as it can be where it had run for a second, a second where it keeps dying. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { absencesOf } from './parts/absences.ts';
import { conclusiveRun } from './parts/conclusive-run.ts';
import { article, type Check, type Reproduction, type ReproductionOptions } from './reproduction.ts';

export const daemontoolsRestart: Reproduction = {
  name: 'daemontools-restart',
  about: 'daemontools restarts a server at once if it had run for a second, otherwise a second after its start',
  claim:
    '“If the server is running via daemontools then it should restart any second. The transaction in the queue will be scooped up and procession will resume.”',
  source: article,
  async reproduce(options) {
    const lives = await emulated(options);
    const real = await supervised(options);
    const checks: Check[] = [
      {
        what: 'away after more than a second’s life, all of it its own start',
        expected: 'less than a second',
        measured: `${lives.old.awayMs.toFixed(0)} ms`,
        holds: lives.old.awayMs < 1000,
      },
      {
        what: 'from one start to the next of one that dies young (its life and its absence)',
        expected: `${1000 - bootsDifferMs} to 1500 ms`,
        measured: `${(lives.young.livedMs + lives.young.awayMs).toFixed(0)} ms`,
        holds: isBetween(lives.young.livedMs + lives.young.awayMs, 1000 - bootsDifferMs, 1500),
      },
      {
        what: 'longer than the absence was the transaction delayed that waited for it',
        expected: `-${sentMs} to ${reconnectMs} ms`,
        measured: `${lives.delayBeyondMs.toFixed(0)} ms`,
        holds: isBetween(lives.delayBeyondMs, -sentMs, reconnectMs),
      },
    ];
    if (real !== undefined) {
      checks.push(
        {
          what: 'real supervise: away after more than a second’s life',
          expected: 'under 200 ms',
          measured: `${real.oldMs.toFixed(0)} ms`,
          holds: real.oldMs < 200,
        },
        {
          what: 'real supervise: from one start to the next of one that dies young',
          expected: '900 to 1500 ms',
          measured: `${real.youngMs.toFixed(0)} ms`,
          holds: isBetween(real.youngMs, 900, 1500),
        },
      );
    }
    const supervise = real ?? 'supervise is not installed: by its rule alone';
    return { checks, figures: { emulated: lives, supervise } };
  },
};

interface Lives {
  readonly old: { readonly awayMs: number };
  readonly young: { readonly livedMs: number; readonly awayMs: number };
  /** What the longest delay exceeds the first absence by: the transaction that waited for its end was sent a little into it. */
  readonly delayBeyondMs: number;
}

/** By the same rule, as scenarios have it: one client in lock-step, a server killed after its second, and again at once. */
async function emulated(options: ReproductionOptions): Promise<Lives> {
  options.onPhase('a server killed late in its life, and early in the next');
  const kill = { fault: 'kill', target: 'server-1', trigger: 'idle' as const, durationMs: 100 };
  const { row, evidence } = await conclusiveRun(
    {
      name: 'daemontools-restart',
      pattern: 'brokerless-req',
      variant: 'as-published',
      settings: { slots: 1 },
      topology: { servers: 2 },
      load: { ratePerSec: rareEnough, arrivals: 'uniform', durationMs: 1500, timeoutMs: 8000 },
      handler: { serviceMs: 1 },
      restart: 'daemontools',
      faults: [{ ...kill, atMs: 1200 }],
    },
    options,
  );
  const [first] = absencesOf('server-1', evidence);
  const young = await conclusiveRun(
    {
      name: 'daemontools-restart-young',
      pattern: 'freelance',
      topology: { servers: 2 },
      load: { model: 'closed', window: 12, durationMs: 3500, timeoutMs: 5000 },
      restart: 'daemontools',
      faults: [{ fault: 'crash-loop', target: 'server-1', atMs: 1200, durationMs: 2200, with: { upMs: 200 } }],
    },
    options,
  );
  const [before, after] = absencesOf('server-1', young.evidence);
  return {
    old: { awayMs: Math.max(first!.awayMs, before!.awayMs) },
    young: { livedMs: (after!.died - before!.back) / 1000, awayMs: after!.awayMs },
    delayBeyondMs: row.worstMs - first!.awayMs,
  };
}

/** The real one, where it is installed: a service that does nothing but say when it was started. */
async function supervised({ onPhase, signal }: ReproductionOptions) {
  const program = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'supervise'))
    .find(existsSync);
  if (program === undefined) return undefined;
  onPhase('the real supervise');
  const folder = mkdtempSync(join(tmpdir(), 'privateer-supervise-'));
  const starts = join(folder, 'starts');
  writeFileSync(starts, '');
  writeFileSync(join(folder, 'run'), `#!/bin/sh\necho "$$ $(date +%s%N)" >> ${starts}\nexec sleep 600\n`);
  chmodSync(join(folder, 'run'), 0o755);
  const child = spawn(program, [folder], { stdio: 'ignore' });
  const startsUntil = async (count: number) => {
    for (;;) {
      signal?.throwIfAborted();
      const lines = readFileSync(starts, 'utf8').split('\n').slice(0, -1);
      if (lines.length >= count) return lines.map((line) => line.split(' ').map(Number) as [number, number]);
      await sleep(5);
    }
  };
  try {
    const [[first] = []] = await startsUntil(1);
    await sleep(1500, undefined, signal === undefined ? {} : { signal });
    const killed = Date.now();
    process.kill(first!, 'SIGKILL');
    const [, [second, secondAt] = []] = await startsUntil(2);
    process.kill(second!, 'SIGKILL');
    const [, , [, thirdAt] = []] = await startsUntil(3);
    return { oldMs: secondAt! / 1e6 - killed, youngMs: (thirdAt! - secondAt!) / 1e6 };
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
    const last = readFileSync(starts, 'utf8').trimEnd().split('\n').at(-1)?.split(' ')[0];
    if (last !== undefined && last !== '') killQuietly(Number(last));
    rmSync(folder, { recursive: true, force: true });
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It went by itself.
  }
}

function isBetween(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

/** A life is seen from when it listens, some time after its start: by so much that of two may differ. Unpaced they are 400 ms apart. */
const bootsDifferMs = 250;
/** How often a REQ tries to connect, what it may wait besides, and a timer's lateness. */
const reconnectMs = 250;
/** Each server has 40 ms between requests: a killed process takes some 15 ms to be gone, and until then its sockets take more. */
const rareEnough = 50;
/** So long after the death it was sent, and so long after it listens a server may say so: at most. */
const sentMs = 100;

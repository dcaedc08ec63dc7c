/** “All those places where transactions can queue up”: with every server down, none of ours grows, and every caller is told. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { findPattern } from '../registry.ts';
import { freeEndpoints } from '../worlds/processes/ports.ts';
import type { OutageFigures, OutageSpec } from './parts/outage-child.ts';
import { article, type Check, type Reproduction, type ReproductionOptions } from './reproduction.ts';

export const boundedQueues: Reproduction = {
  name: 'bounded-queues',
  about: 'with every server down for half a minute, memory stays flat and every transaction ends by its deadline',
  claim: '“And then there are all those places where transactions can queue up”',
  source: article,
  async reproduce(options) {
    const spec = options.quick
      ? { ratePerSec: 1000, timeoutMs: 300, warmUpMs: 500, durationMs: 700 }
      : { ratePerSec: 1000, timeoutMs: 1000, warmUpMs: 5000, durationMs: 30_000 };
    const rows: (OutageFigures & { readonly pattern: string })[] = [];
    for (const pattern of patterns) {
      options.onPhase(`${pattern}, every server down for ${spec.durationMs / 1000} s, ${spec.ratePerSec} a second`);
      rows.push({ pattern, ...(await outage(pattern, spec, options)) });
    }
    // What is due within a deadline's time may be pending, and what came while the process was kept from running.
    const pendingMost = ({ starvedMs }: OutageFigures) =>
      Math.ceil(((spec.timeoutMs + starvedMs + lateMs) * spec.ratePerSec) / 1000);
    const checks = rows.flatMap((row): Check[] => [
      {
        what: `${row.pattern}: grown by, after ${row.asked} transactions`,
        expected: `under ${growthMb} MB`,
        measured: `${row.rssGrowthMb} MB`,
        holds: row.rssGrowthMb < growthMb,
      },
      {
        what: `${row.pattern}: pending at once`,
        expected: `at most ${pendingMost(row)}`,
        measured: String(row.pendingMax),
        holds: row.pendingMax <= pendingMost(row),
      },
      {
        what: `${row.pattern}: told "refused" or "unknown"`,
        expected: `all ${row.asked}`,
        measured: String(row.refused + row.unknown),
        holds: row.refused + row.unknown === row.asked,
      },
      {
        what: `${row.pattern}: the last one after its deadline (the process itself was kept waiting for ${row.starvedMs.toFixed(0)} ms)`,
        expected: `within ${lateMs} ms, but for that`,
        measured: `${row.latestMs.toFixed(0)} ms`,
        holds: row.latestMs <= row.starvedMs + lateMs,
      },
    ]);
    return { checks, figures: { ...spec, rows } };
  },
};

async function outage(
  name: string,
  spec: Omit<OutageSpec, 'patternUrl' | 'endpoints'>,
  { patternFolders, signal }: ReproductionOptions,
): Promise<OutageFigures> {
  signal?.throwIfAborted();
  const { url } = await findPattern(name, patternFolders);
  const endpoints = await freeEndpoints(servers);
  const given: OutageSpec = { ...spec, patternUrl: url, endpoints };
  const child = fork(childEntry, [JSON.stringify(given)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const end = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', end);
  try {
    const figures = once(child, 'message').then(([message]) => message as OutageFigures);
    const ended = once(child, 'exit').then(() => undefined);
    const said = await Promise.race([figures, ended]);
    signal?.throwIfAborted();
    if (said === undefined) throw new Error(`the client of ${name} ended before it said anything`);
    await ended;
    return said;
  } finally {
    signal?.removeEventListener('abort', end);
    end();
  }
}

const patterns = ['brokerless-req', 'freelance', 'majordomo'];
const servers = 3;
const growthMb = 20;
/** A timer's lateness, and that of a slice of many that are due at once. */
const lateMs = 50;
const childEntry = fileURLToPath(new URL('./parts/outage-child.js', import.meta.url));

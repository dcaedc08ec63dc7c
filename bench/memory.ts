/**
 * How much memory does a transaction that is pending take? So many at once, through `connect`, with the promise that is
 * returned for each: heap and external memory, after a collection. Their payload is the caller's, and one for all.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Reaper } from '../harness/worlds/processes/reaper.ts';
import type { AskOptions, Question, RawResult } from './question.ts';
import { type Estimate, estimate } from './statistics.ts';
import { where } from './where.ts';

export interface MemoryResult extends RawResult {
  readonly pending: number;
  readonly rounds: number;
  readonly rows: readonly MemoryRow[];
}

export interface MemoryRow {
  readonly pattern: string;
  /** Bytes a pending transaction: machine, façade and returned promise. */
  readonly bytes: Estimate;
  /** Of those, what the promise takes, measured alone. */
  readonly promiseBytes: Estimate;
  readonly samples: readonly number[];
}

/** What a child says when it has measured. */
export interface Footprint {
  readonly bytes: number;
  readonly promiseBytes: number;
}

export const memory: Question = {
  name: 'memory',
  asks: 'How much memory does a transaction that is pending take?',
  async ask(options): Promise<MemoryResult> {
    const { quick, seed } = options;
    const measuredAt = where();
    const { rounds, pending } = quick ? quickForm : fullForm;
    const rows: MemoryRow[] = [];
    for (const pattern of patterns) {
      const footprints: Footprint[] = [];
      for (let round = 0; round < rounds; round++) {
        options.onPhase(`memory: ${pattern}: ${round + 1} of ${rounds}`);
        footprints.push(await footprintOf(pattern, pending, options));
      }
      const samples = footprints.map(({ bytes }) => bytes);
      const promises = footprints.map(({ promiseBytes }) => promiseBytes);
      rows.push({ pattern, bytes: estimate(samples, seed), promiseBytes: estimate(promises, seed), samples });
    }
    const head = { question: memory.name, quick, seed, machine: measuredAt, conclusive: true, doubts: [] };
    return { ...head, pending, rounds, rows };
  },
};

/** In a process of its own, whose heap has nothing else in it. */
async function footprintOf(pattern: string, pending: number, { signal }: AskOptions): Promise<Footprint> {
  const reaper = new Reaper();
  const child = fork(entry, [pattern, String(pending)], {
    execArgv: ['--expose-gc', `--max-old-space-size=${heapMb}`],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    signal,
  });
  if (child.pid !== undefined) reaper.watch(child.pid);
  try {
    const said = await Promise.race([
      once(child, 'message').then(([message]) => message as Footprint | { readonly failed: string }),
      once(child, 'exit').then(() => ({ failed: 'its process ended early' })),
    ]);
    if ('failed' in said) throw new Error(`${pattern}: ${said.failed}`);
    return said;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    child.kill('SIGKILL');
    reaper.close();
  }
}

const entry = fileURLToPath(new URL('memory-child.js', import.meta.url));
const patterns = ['freelance', 'majordomo'] as const;
const heapMb = 4096;
const fullForm = { rounds: 3, pending: 1_000_000 };
const quickForm = { rounds: 1, pending: 200_000 };

/**
 * What does reliability cost? Round trip and throughput of every pattern, in rotation with bare sockets, so that what
 * slows the machine down slows all of them. Closed loop on purpose: it is the cost that is asked for, not the latency.
 */
import { fileURLToPath } from 'node:url';
import type { Question, RawResult } from './question.ts';
import { type Cell, type Entrant, estimates, inRotation, perSecond } from './rotation.ts';
import { type Estimate, estimate, ratios, spreadOf } from './statistics.ts';
import { baseline, type Contestant, concurrency, contestants } from './throughput/contestants.ts';
import { payloadBytes } from './throughput/lanes.ts';
import type { Role } from './throughput/peer.ts';
import type { Party } from './throughput/processes.ts';
import { where } from './where.ts';

export interface ThroughputResult extends RawResult {
  readonly rounds: number;
  readonly blockMs: number;
  readonly payloadBytes: number;
  readonly concurrency: number;
  readonly baseline: string;
  readonly rows: readonly ThroughputRow[];
}

export interface ThroughputRow {
  readonly contestant: string;
  readonly window: number;
  /** Its throughput over the baseline's of the same round and window. */
  readonly ratio: Estimate;
  readonly perSecond: Estimate;
  /** The mean round trip: window over throughput. */
  readonly roundTripUs: Estimate;
  /** Microseconds a transaction: the median absolute deviation of the blocks. */
  readonly madUs: number;
  /** Processor time a transaction, of each role's processes: also milliseconds for a thousand. */
  readonly cpuUs?: Readonly<Record<Role, Estimate>>;
  readonly failed: number;
  /** Commits a second, block by block. */
  readonly samples: readonly number[];
}

export const throughput: Question = {
  name: 'throughput',
  asks: 'How many transactions a second does each pattern do, against bare zeromq.js sockets?',
  async ask(options): Promise<ThroughputResult> {
    const measuredAt = where();
    const form = options.quick ? quickForm : fullForm;
    const entrants = contestants.map((contestant) => entrantOf(contestant, form.windowMax));
    const cells = await inRotation(throughput.name, entrants, form, options);
    return {
      question: throughput.name,
      quick: options.quick,
      seed: options.seed,
      machine: measuredAt,
      conclusive: true,
      doubts: [],
      ...form,
      payloadBytes,
      concurrency,
      baseline,
      rows: cells.map((cell) => rowOf(cell, cells, options.seed)),
    };
  },
};

function entrantOf(contestant: Contestant, windowMax: number): Entrant {
  const windows = contestant.windows.filter((window) => window <= windowMax);
  return { party: partyOf(contestant), cells: windows.map((window) => ({ window })) };
}

/** A contestant's processes. */
export function partyOf({ name, pattern }: Contestant): Party {
  return { name, roles: [...(pattern?.topology === 'broker' ? (['broker'] as const) : []), 'server', 'client'], entry };
}

function rowOf(
  { contestant, window, usPerTransaction, cpuUs, failed }: Cell,
  cells: readonly Cell[],
  seed: number,
): ThroughputRow {
  const raw = cells.find((cell) => cell.contestant === baseline && cell.window === window)!;
  const samples = perSecond(usPerTransaction);
  const spread = spreadOf(
    contestant,
    usPerTransaction.map((us) => us / 1000),
  );
  const roundTrips = usPerTransaction.map((us) => us * window);
  return {
    contestant,
    window,
    // Less time a transaction is more throughput, so the baseline's stands above.
    ratio: estimate(ratios(raw.usPerTransaction, usPerTransaction), seed),
    perSecond: estimate(samples, seed),
    roundTripUs: estimate(roundTrips, seed),
    madUs: spread.mad * 1000,
    cpuUs: estimates(cpuUs, seed),
    failed,
    samples,
  };
}

const entry = fileURLToPath(new URL('throughput-child.js', import.meta.url));
const fullForm = { rounds: 10, blockMs: 400, windowMax: 1024 };
const quickForm = { rounds: 2, blockMs: 75, windowMax: 16 };

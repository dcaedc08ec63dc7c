/**
 * How long does a transaction take under load, up to saturation? An open loop: arrivals are due when they are due, and
 * latency counts from then. The loads are shares of what the same contestant does of more than it can do.
 */
import { allowedLagMs } from '../harness/conclusiveness.ts';
import { Reaper } from '../harness/worlds/processes/reaper.ts';
import type { AskOptions, Question, RawResult } from './question.ts';
import { type Estimate, estimate, median } from './statistics.ts';
import { baseline, concurrency, contestants } from './throughput/contestants.ts';
import { payloadBytes } from './throughput/lanes.ts';
import type { Offered } from './throughput/peer.ts';
import { ContestantProcesses } from './throughput/processes.ts';
import { partyOf } from './throughput.ts';
import { where } from './where.ts';

export interface LoadResult extends RawResult, Form {
  readonly payloadBytes: number;
  readonly concurrency: number;
  readonly rows: readonly LoadRow[];
}

export interface LoadRow {
  readonly contestant: string;
  /** Commits a second when more is due, which the loads are shares of. */
  readonly capacityPerSec: number;
  readonly share: number;
  readonly ratePerSec: number;
  /** Left out where in any round so many failed that there is none. */
  readonly p50Us?: Estimate;
  readonly p99Us?: Estimate;
  /** How late the client itself handed over one in a hundred: it is in the latencies. */
  readonly lag99Us: Estimate;
  readonly failed: number;
}

interface Form {
  readonly rounds: number;
  readonly blockMs: number;
  readonly shares: readonly number[];
}

export const load: Question = {
  name: 'load',
  asks: 'How long does a transaction take under load, up to saturation?',
  async ask(options): Promise<LoadResult> {
    const { quick, seed } = options;
    const measuredAt = where();
    const form = quick ? quickForm : fullForm;
    const cells = await measured(form, options);
    const rows = cells.map((cell) => rowOf(cell, seed));
    const doubts = rows.flatMap(doubtsOf);
    const head = { question: load.name, quick, seed, machine: measuredAt, conclusive: doubts.length === 0, doubts };
    return { ...head, ...form, payloadBytes, concurrency, rows };
  },
};

interface Cell {
  readonly contestant: string;
  readonly capacityPerSec: number;
  readonly share: number;
  readonly offers: Offered[];
}

async function measured(form: Form, options: AskOptions): Promise<Cell[]> {
  const { signal, onPhase } = options;
  const reaper = new Reaper();
  const runners = contestants
    .filter(({ name }) => (options.quick ? inTrials : taking).includes(name))
    .map((contestant) => {
      return { name: contestant.name, processes: new ContestantProcesses(partyOf(contestant), reaper, signal) };
    });
  const cells: Cell[] = [];
  try {
    for (const { name, processes } of runners) {
      onPhase(`load: the capacity of ${name}`);
      await processes.start();
      const capacityPerSec = await capacityOf(processes, form);
      cells.push(...form.shares.map((share) => ({ contestant: name, capacityPerSec, share, offers: [] })));
    }
    for (let round = -1; round < form.rounds; round++) {
      for (const cell of cells) {
        onPhase(`load: ${round < 0 ? 'warming up' : `round ${round + 1} of ${form.rounds}`}: ${cell.contestant}`);
        const { processes } = runners.find(({ name }) => name === cell.contestant)!;
        const ratePerSec = rateOf(cell);
        const offered = await processes.offer({ ratePerSec, forMs: form.blockMs, seed: options.seed + round + 1 });
        if (round >= 0) cell.offers.push(offered);
      }
    }
  } finally {
    await Promise.all(runners.map(({ processes }) => processes.stop()));
    reaper.close();
  }
  return cells;
}

/** What it does with as many in flight as a closed loop keeps is more than it does of what comes one by one. */
async function capacityOf(processes: ContestantProcesses, { blockMs }: Form): Promise<number> {
  const closed = await processes.block(window, 2 * blockMs);
  const ratePerSec = Math.round((closed.committed * 1000) / closed.elapsedMs);
  const perSecond: number[] = [];
  for (let seed = 1; seed <= 5; seed++) {
    const { committed, elapsedMs } = await processes.offer({ ratePerSec, forMs: blockMs, seed });
    perSecond.push((committed * 1000) / elapsedMs);
  }
  return Math.round(median(perSecond));
}

function rowOf({ contestant, capacityPerSec, share, offers }: Cell, seed: number): LoadRow {
  const lags = offers.map(({ lag99Us }) => lag99Us);
  const of = (figure: 'p50Us' | 'p99Us') => {
    const known = offers.flatMap((offer) => offer[figure] ?? []);
    return known.length === offers.length ? { [figure]: estimate(known, seed) } : {};
  };
  return {
    contestant,
    capacityPerSec,
    share,
    ratePerSec: rateOf({ capacityPerSec, share }),
    ...of('p50Us'),
    ...of('p99Us'),
    lag99Us: estimate(lags, seed),
    failed: offers.reduce((sum, { failed }) => sum + failed, 0),
  };
}

function rateOf({ capacityPerSec, share }: Pick<Cell, 'capacityPerSec' | 'share'>): number {
  return Math.max(1, Math.round(capacityPerSec * share));
}

function doubtsOf({ contestant, share, failed, lag99Us }: LoadRow): string[] {
  const which = `${contestant} at ${Math.round(share * 100)} %`;
  const lagMs = lag99Us.median / 1000;
  return [
    ...(failed > 0 ? [`${which}: ${failed} transactions failed`] : []),
    ...(lagMs > allowedLagMs
      ? [`${which}: its own client was ${lagMs.toFixed(0)} ms late, which is what it measured`]
      : []),
  ];
}

const window = 128;
const taking = [baseline, 'freelance', 'majordomo'];
const inTrials = [baseline, 'freelance'];
const fullForm: Form = { rounds: 10, blockMs: 400, shares: [0.1, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95] };
const quickForm: Form = { rounds: 1, blockMs: 100, shares: [0.1, 0.5, 0.9] };

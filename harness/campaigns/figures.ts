/** The figures of a campaign: what each is of one run, and what it comes to over the blocks. */
import { exact } from '../intervals.ts';
import { type Estimate, estimate } from '../statistics.ts';
import type { ResultRow } from '../summary.ts';

interface Kind {
  readonly title: string;
  readonly unit: 'share' | 'ms' | 'transactions' | 'each';
  /** Of one run; null where it has none, as a failover without a fault. */
  of(row: ResultRow): number | null;
}

/** Of which a campaign gives medians, with an interval over the blocks. */
export const figureKinds = {
  committedShare: { title: 'committed', unit: 'share', of: ({ committed, due }) => share(committed, due) },
  inTimeShare: {
    title: 'committed in time',
    unit: 'share',
    of: ({ committed, delayed, due }) => share(committed - delayed, due),
  },
  outageShare: { title: 'in time during outage', unit: 'share', of: ({ outageShare }) => outageShare },
  unknown: { title: 'unknown', unit: 'transactions', of: ({ unknown }) => unknown },
  refused: { title: 'refused', unit: 'transactions', of: ({ refused }) => refused },
  delayed: { title: 'delayed', unit: 'transactions', of: ({ delayed }) => delayed },
  masked: { title: 'masked', unit: 'transactions', of: ({ masked }) => masked },
  attemptsEach: { title: 'attempts a transaction', unit: 'each', of: ({ attempts, due }) => share(attempts, due) },
  p50Ms: { title: 'p50', unit: 'ms', of: ({ p50Ms }) => p50Ms },
  p99Ms: { title: 'p99', unit: 'ms', of: ({ p99Ms }) => p99Ms },
  worstMs: { title: 'worst', unit: 'ms', of: ({ worstMs }) => worstMs },
  delayAreaMs: { title: 'delay area', unit: 'ms', of: ({ delayAreaMs }) => delayAreaMs },
  detectedMs: { title: 'detected', unit: 'ms', of: ({ detectedMs }) => detectedMs },
  blackoutMs: { title: 'blackout', unit: 'ms', of: ({ blackoutMs }) => blackoutMs },
  failoverMs: { title: 'failover', unit: 'ms', of: ({ failoverMs }) => failoverMs },
  recoveredMs: { title: 'recovered', unit: 'ms', of: ({ recoveredMs }) => recoveredMs },
  healedMs: { title: 'healed', unit: 'ms', of: ({ healedMs }) => healedMs },
  lastZombieMs: { title: 'last zombie', unit: 'ms', of: ({ lastZombieMs }) => lastZombieMs },
} as const satisfies Record<string, Kind>;

export type FigureName = keyof typeof figureKinds;

/** What should be rare: pooled over the runs, for their medians say nothing. */
export const countNames = [
  'lost',
  'orphaned',
  'duplicated',
  'lateExecutions',
  'outOfOrder',
  'phantom',
  'falseRefusals',
  'mismatched',
  'stuck',
] as const satisfies readonly (keyof ResultRow)[];

export type CountName = (typeof countNames)[number];

/** A median over the blocks with its 95 % interval, in the figure's unit: a share of one, milliseconds, or a number. */
export interface Figure extends Estimate {
  /** By block; null where the run proved nothing, or has no such figure: left away where it is kept beside the code. The median is over the others alone. */
  readonly samples: readonly (number | null)[];
}

/** A figure less the first contestant's of the same block. */
export interface Difference extends Figure {
  /**
   * It may as well be none: its interval has zero in it, or it is no greater than the same pattern's to itself; or it is
   * one block's, and has no interval.
   */
  readonly isNoise: boolean;
}

/** All runs of a cell that proved something, together. */
export interface Count {
  /** Transactions. */
  readonly total: number;
  /** Out of so many that were due. */
  readonly due: number;
  /** Runs in which there was any, of so many runs; and the 95 % interval of that share: exact, as it is of a few. */
  readonly runsWith: number;
  readonly runs: number;
  readonly low: number;
  readonly high: number;
}

export type Figures = Readonly<Partial<Record<FigureName, Figure>>>;
export type Differences = Readonly<Partial<Record<FigureName, Difference>>>;
export type Counts = Readonly<Record<CountName, Count>>;

export const figureNames = Object.keys(figureKinds) as FigureName[];

/** Of the runs that count, by block; undefined where there is none. Without figures that no run has. */
export function figuresOf(rows: readonly (ResultRow | undefined)[], seed: number): Figures {
  return ofEach((name) =>
    figureOf(
      rows.map((row) => (row === undefined ? null : figureKinds[name].of(row))),
      seed,
    ),
  );
}

/** `floor` is the same for a contestant that takes part twice: how much it may differ from itself. */
export function differencesOf(figures: Figures, first: Figures, seed: number, floor?: Differences): Differences {
  return ofEach((name) => {
    const [own, others] = [figures[name]?.samples, first[name]?.samples];
    if (own === undefined || others === undefined) return undefined;
    const difference = figureOf(
      own.map((sample, block) => less(sample, others[block] ?? null)),
      seed,
    );
    if (difference === undefined) return undefined;
    const { median, low, high } = difference;
    const isNoise =
      seenOf(difference.samples).length < 2 || (low <= 0 && high >= 0) || Math.abs(median) <= reachOf(floor?.[name]);
    return { ...difference, isNoise };
  });
}

/** Of the runs that count. */
export function countsOf(rows: readonly ResultRow[]): Counts {
  const due = rows.reduce((sum, row) => sum + row.due, 0);
  const counts = countNames.map((name): [CountName, Count] => {
    const runsWith = rows.filter((row) => row[name] > 0).length;
    const total = rows.reduce((sum, row) => sum + row[name], 0);
    return [name, { total, due, runsWith, runs: rows.length, ...exact(runsWith, rows.length) }];
  });
  return Object.fromEntries(counts) as Record<CountName, Count>;
}

/** How far from none the interval goes. */
export function reachOf(difference: Estimate | undefined): number {
  return difference === undefined ? 0 : Math.max(Math.abs(difference.low), Math.abs(difference.high));
}

function figureOf(samples: readonly (number | null)[], seed: number): Figure | undefined {
  const seen = seenOf(samples);
  return seen.length === 0 ? undefined : { ...estimate(seen, seed), samples };
}

/** Of the blocks that have any. */
export function seenOf(samples: Figure['samples']): number[] {
  return samples.filter((sample) => sample !== null);
}

function ofEach<T>(make: (name: FigureName) => T | undefined): Partial<Record<FigureName, T>> {
  const made = figureNames.map((name) => [name, make(name)] as const);
  return Object.fromEntries(made.filter(([, one]) => one !== undefined)) as Partial<Record<FigureName, T>>;
}

function less(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one - other;
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** What happened, by the matrix: what each caller was told against what the servers' ledgers say. */
import { blackoutMicros } from './blackout.ts';
import { doubtsOf } from './conclusiveness.ts';
import { type Course, courseOf } from './course.ts';
import { delayAreaMicros } from './delay-area.ts';
import type { HistoryLine } from './history.ts';
import { type Cell, cellOf, cells, type Told } from './matrix.ts';
import { outOfOrder } from './order.ts';
import { type Failover, failoversOf, type Outage, outageShare, outagesOf } from './outages.ts';
import { recoveryOf } from './recovery.ts';
import type { Scenario } from './scenario.ts';
import { quantile } from './statistics.ts';
import { answered, join, type Ledgers, type Transaction } from './transactions.ts';

export { type Cell, cells } from './matrix.ts';

/** The raw material of a verdict: everything a run left behind. */
export interface Evidence {
  readonly scenario: Scenario;
  readonly history: readonly HistoryLine[];
  readonly ledgers: Ledgers;
}

/** One transaction, judged. Times in milliseconds; `dueMs` from the load's beginning. */
export interface Judged {
  readonly n: number;
  readonly id: string;
  readonly cell: Cell;
  readonly dueMs: number;
  /** From due to settled; from due to the deadline where nothing, or no answer, came: "at least". */
  readonly latencyMs: number;
  readonly censored: boolean;
  readonly attempts: number;
  readonly executions: number;
  readonly delayed: boolean;
  readonly masked: boolean;
  readonly late: boolean;
  /** Executed after another that was asked for only when this one's caller had been told. */
  readonly outOfOrder: boolean;
  readonly mismatched: boolean;
}

/** A fault as it took place. Times in milliseconds from the load's beginning. */
export interface FaultSpan {
  readonly fault: string;
  readonly node: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Verdict {
  readonly due: number;
  readonly committed: number;
  readonly refused: number;
  readonly unknown: number;
  readonly delayed: number;
  readonly lost: number;
  readonly orphaned: number;
  readonly duplicated: number;
  readonly lateExecutions: number;
  readonly outOfOrder: number;
  readonly phantom: number;
  readonly falseRefusals: number;
  readonly mismatched: number;
  readonly stuck: number;
  readonly masked: number;
  /** Hand-overs to peers, all transactions together. */
  readonly attempts: number;
  /** From due to settled, over all that were due; of one without an answer, to the deadline: so "at least" where they reach it. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  /** What callers waited longer than is usual, all of them together; to the deadline where no answer came. */
  readonly delayAreaMs: number;
  /** From the fault's stamp until the last transaction with an attempt open at the victim settled; null without a fault. */
  readonly failoverMs: number | null;
  /** From the fault's stamp to the first sign that anyone had noticed; null where there was none. */
  readonly detectedMs: number | null;
  /** The longest stretch after the fault in which nothing committed, less the usual spacing; null without a fault. */
  readonly blackoutMs: number | null;
  /** From the fault's stamp until a second in which all that was due was answered in time; null where none came. */
  readonly recoveredMs: number | null;
  /** The same, from the cure. */
  readonly healedMs: number | null;
  /** From the fault's stamp to the last execution that began after its caller had been told; null without one. */
  readonly lastZombieMs: number | null;
  /** Of the transactions due while the fault lasted, the share committed within `delayedMs`; null without a fault. */
  readonly outageShare: number | null;
  readonly cells: Readonly<Record<Cell, number>>;
  readonly honest: boolean;
  readonly conclusive: boolean;
  /** Why it is not conclusive: one sentence each. */
  readonly doubts: readonly string[];
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly transactions: readonly Judged[];
  readonly faults: readonly FaultSpan[];
  /** One for each fault that hit something, or was not meant to. */
  readonly failovers: readonly Failover[];
}

export function judge({ scenario, history, ledgers }: Evidence): Judgement {
  const course = courseOf(history, scenario.load);
  const joined = join(history, ledgers);
  const outages = outagesOf(history, joined.transactions, scenario.faults, course);
  const disordered = outOfOrder(joined.transactions);
  const transactions = joined.transactions.map((each) => judgeOne(each, disordered.has(each), scenario, course));
  const counts = countsOf(transactions, joined.transactions);
  const recovery = recoveryOf(outages, history, joined, course, scenario.delayedMs * 1000);
  const doubts = doubtsOf({ scenario, course, joined, outages, history, ledgers });
  const failovers = failoversOf(outages, scenario.load.timeoutMs * 1000);
  const verdict: Verdict = {
    ...counts,
    delayAreaMs: delayAreaMicros(joined.transactions, outages, scenario) / 1000,
    failoverMs: inMs(worstOf(failovers)),
    detectedMs: inMs(recovery.detectedMicros),
    blackoutMs: inMs(blackoutMicros(outages, joined.transactions, course)),
    recoveredMs: inMs(recovery.recoveredMicros),
    healedMs: inMs(recovery.healedMicros),
    lastZombieMs: inMs(recovery.lastZombieMicros),
    outageShare: outageShare(outages, joined.transactions, scenario.delayedMs * 1000),
    honest: counts.phantom + counts.falseRefusals + counts.mismatched + counts.stuck === 0,
    conclusive: doubts.length === 0,
    doubts,
  };
  return { verdict, transactions, faults: outages.map((outage) => spanOf(outage, course)), failovers };
}

function judgeOne(transaction: Transaction, outOfOrder: boolean, scenario: Scenario, course: Course): Judged {
  const { invoked, settled, attempts, executions } = transaction;
  const done = answered(transaction);
  const latencyMs = latencyMicros(transaction, scenario, course) / 1000;
  const wrongAnswer = settled?.outcome === 'committed' && !settled.matched;
  return {
    n: invoked.n,
    id: invoked.id,
    cell: cellOf(toldOf(transaction, course), executions),
    dueMs: (invoked.due - course.began) / 1000,
    latencyMs,
    censored: !done,
    attempts,
    executions,
    delayed: done && latencyMs > scenario.delayedMs,
    masked: done && attempts > 1,
    late: settled !== undefined && transaction.lastBegan > settled.at,
    outOfOrder,
    // A promise told twice was told another's outcome at least once.
    mismatched: wrongAnswer || transaction.settlements > 1,
  };
}

function toldOf({ settled, invoked }: Transaction, { ended, clientDeaths }: Course): Told {
  if (settled !== undefined) return settled.outcome;
  return ended === undefined || clientDeaths.some((at) => at >= invoked.at) ? 'client died' : 'nothing';
}

/** Without an answer it is "at least": the deadline, or longer where the caller was kept waiting for longer. */
function latencyMicros(transaction: Transaction, { load }: Scenario, course: Course): number {
  const { invoked, settled } = transaction;
  const waited = (settled?.at ?? course.ended ?? invoked.due) - invoked.due;
  return answered(transaction) ? waited : Math.max(load.timeoutMs * 1000, waited);
}

type Timings =
  | 'delayAreaMs'
  | 'failoverMs'
  | 'detectedMs'
  | 'blackoutMs'
  | 'recoveredMs'
  | 'healedMs'
  | 'lastZombieMs'
  | 'outageShare';
type Counts = Omit<Verdict, Timings | 'honest' | 'conclusive' | 'doubts'>;

function countsOf(judged: readonly Judged[], transactions: readonly Transaction[]): Counts {
  const byCell = Object.fromEntries(cells.map((cell) => [cell, 0])) as Record<Cell, number>;
  for (const { cell } of judged) byCell[cell]++;
  const flagged = (flag: 'delayed' | 'masked' | 'late' | 'outOfOrder' | 'mismatched') =>
    judged.filter((each) => each[flag]).length;
  return {
    due: judged.length,
    committed: transactions.filter(answered).length,
    refused: transactions.filter(({ settled }) => settled?.outcome === 'refused').length,
    unknown: transactions.filter(({ settled }) => settled?.outcome === 'unknown').length,
    delayed: flagged('delayed'),
    lost: byCell.LOST,
    orphaned: byCell.ORPHAN + byCell['ORPHAN-DUPLICATED'],
    duplicated: byCell.DUPLICATED + byCell['ORPHAN-DUPLICATED'] + byCell['ABANDONED-DUPLICATED'],
    lateExecutions: flagged('late'),
    outOfOrder: flagged('outOfOrder'),
    phantom: byCell.PHANTOM,
    falseRefusals: byCell['FALSE REFUSAL'],
    mismatched: flagged('mismatched'),
    stuck: byCell.STUCK,
    masked: flagged('masked'),
    attempts: judged.reduce((sum, each) => sum + each.attempts, 0),
    p50Ms: latencyMs(judged, 0.5),
    p99Ms: latencyMs(judged, 0.99),
    worstMs: judged.reduce((worst, each) => Math.max(worst, each.latencyMs), 0),
    cells: byCell,
  };
}

function latencyMs(judged: readonly Judged[], share: number): number {
  const all = judged.map((each) => each.latencyMs);
  return all.length === 0 ? 0 : quantile(all, share);
}

function spanOf({ fault, node, begun, cured }: Outage, course: Course): FaultSpan {
  return { fault, node, fromMs: (begun - course.began) / 1000, untilMs: (cured - course.began) / 1000 };
}

/** The failover of a run is that of its worst fault; null where none can tell. */
function worstOf(failovers: readonly Failover[]): number | null {
  return failovers.reduce<number | null>((worst, { micros }) => Math.max(worst ?? 0, micros), null);
}

function inMs(micros: number | null): number | null {
  return micros === null ? null : micros / 1000;
}

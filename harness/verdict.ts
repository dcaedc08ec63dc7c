/** What happened, by the matrix: what each caller was told against what the servers' ledgers say. */
import type { HistoryLine, LedgerLine } from './history.ts';
import type { Scenario } from './scenario.ts';

/** Every transaction falls in exactly one of these. */
export const cells = [
  'ONCE',
  'DUPLICATED',
  'PHANTOM',
  'REFUSED',
  'FALSE REFUSAL',
  'LOST',
  'ORPHAN',
  'ORPHAN-DUPLICATED',
  'STUCK',
  'ABANDONED',
  'ABANDONED-ORPHAN',
  'ABANDONED-DUPLICATED',
] as const;
export type Cell = (typeof cells)[number];

/** The raw material of a verdict: everything a run left behind. */
export interface Evidence {
  readonly scenario: Scenario;
  readonly history: readonly HistoryLine[];
  /** By node name. A ledger that could not be read is an Error. */
  readonly ledgers: ReadonlyMap<string, readonly LedgerLine[] | Error>;
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
  readonly phantom: number;
  readonly falseRefusals: number;
  readonly mismatched: number;
  readonly stuck: number;
  readonly masked: number;
  /** Hand-overs to peers, all transactions together. */
  readonly attempts: number;
  readonly worstMs: number;
  /** From the fault's stamp until the last transaction with an attempt open at the victim settled; null without a fault. */
  readonly failoverMs: number | null;
  /** The longest stretch after the fault in which nothing committed, less the usual spacing; null without a fault. */
  readonly blackoutMs: number | null;
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
}

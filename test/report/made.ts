/** Small judgements made by hand. */
import type { HistoryLine } from '../../harness/history.ts';
import type { Exhibit } from '../../harness/report/exhibit.ts';
import { parseScenario, type ScenarioInput } from '../../harness/scenario.ts';
import type { ResultRow } from '../../harness/summary.ts';
import {
  cells,
  type Evidence,
  type FaultSpan,
  type Judged,
  type Judgement,
  type Verdict,
} from '../../harness/verdict.ts';

/** The host's clock when the load began, in microseconds. */
export const began = 7_000_000;

export function transaction(n: number, differences: Partial<Judged> = {}): Judged {
  return {
    n,
    id: `c:${n}`,
    cell: 'ONCE',
    dueMs: n * 10,
    latencyMs: 6,
    censored: false,
    attempts: 1,
    executions: 1,
    delayed: false,
    masked: false,
    late: false,
    outOfOrder: false,
    mismatched: false,
    ...differences,
  };
}

/** `count` transactions, 10 ms apart, of which some differ. */
export function transactions(count: number, differences: Readonly<Record<number, Partial<Judged>>> = {}): Judged[] {
  return Array.from({ length: count }, (_, n) => transaction(n, differences[n]));
}

export function verdict(differences: Partial<Verdict> = {}): Verdict {
  return {
    due: 0,
    committed: 0,
    refused: 0,
    unknown: 0,
    delayed: 0,
    lost: 0,
    orphaned: 0,
    duplicated: 0,
    lateExecutions: 0,
    outOfOrder: 0,
    phantom: 0,
    falseRefusals: 0,
    mismatched: 0,
    stuck: 0,
    masked: 0,
    attempts: 0,
    p50Ms: 0,
    p99Ms: 0,
    worstMs: 0,
    delayAreaMs: 0,
    failoverMs: null,
    detectedMs: null,
    blackoutMs: null,
    recoveredMs: null,
    healedMs: null,
    lastZombieMs: null,
    outageShare: null,
    cells: Object.fromEntries(cells.map((cell) => [cell, 0])) as Verdict['cells'],
    honest: true,
    conclusive: true,
    doubts: [],
    ...differences,
  };
}

export const kill: FaultSpan = { fault: 'kill', node: 'server-2', fromMs: 300, untilMs: 700 };

export function judgement(
  figures: Partial<Verdict>,
  judged: readonly Judged[] = [],
  faults: readonly FaultSpan[] = [],
): Judgement {
  return { verdict: verdict({ due: judged.length, ...figures }), transactions: judged, faults, failovers: [] };
}

export function evidence(history: readonly HistoryLine[] = [], scenario: Partial<ScenarioInput> = {}): Evidence {
  const given = { name: 'made', pattern: 'freelance', seed: 1, load: { durationMs: 1000 }, ...scenario };
  return { scenario: parseScenario(given), history: [{ kind: 'began', at: began }, ...history], ledgers: new Map() };
}

export function nodeLine(node: string, state: 'up' | 'dead' | 'paused', atMs: number): HistoryLine {
  return { kind: 'node', node, state, at: began + atMs * 1000 };
}

/** A run of a contestant in an ordeal, of what it came to. */
export function exhibit(
  ordeal: string,
  contestant: string,
  judged: Judgement,
  claims: ResultRow['claims'] = [],
): Exhibit {
  const [pattern = '', variant = 'default'] = contestant.split('/');
  const { scenario } = evidence([], { pattern });
  const fault = judged.faults[0]?.fault ?? 'none';
  return {
    id: `${contestant} ${ordeal}`,
    contestant,
    ordeal,
    scenario,
    row: { pattern, variant, fault, ...judged.verdict, claims },
    judgement: judged,
  };
}

/** What became of transactions that a latency cannot show: counted over runs, the worst first. */
import type { ResultRow } from '../summary.ts';

export interface Harm {
  readonly name: string;
  readonly count: number;
  /** The style's name for it. */
  readonly look: string;
}

const kinds: readonly (readonly [name: string, look: string, of: (row: ResultRow) => number])[] = [
  ['lies', 'stuck', ({ phantom, falseRefusals, mismatched, stuck }) => phantom + falseRefusals + mismatched + stuck],
  ['lost', 'lost', ({ lost }) => lost],
  ['duplicated', 'duplicated', ({ duplicated }) => duplicated],
  ['zombies', 'late', ({ lateExecutions }) => lateExecutions],
  ['in doubt', 'orphan', ({ orphaned }) => orphaned],
  ['refused', 'failed', ({ refused }) => refused],
  ['delayed', 'quiet', ({ delayed }) => delayed],
];

/** Those there were. */
export function harmsOf(runs: readonly { readonly row: ResultRow }[]): Harm[] {
  return kinds
    .map(([name, look, of]) => ({ name, look, count: runs.reduce((sum, { row }) => sum + of(row), 0) }))
    .filter(({ count }) => count > 0);
}

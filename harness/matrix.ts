/** The matrix: what the caller was told, against how often the transaction was executed. */
import type { Outcome } from '../patterns/transaction.ts';

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

/** What became of the caller's promise: its outcome; never told, though the client lived on; or its client died. */
export type Told = Outcome | 'nothing' | 'client died';

const rows: Readonly<Record<Told, readonly [none: Cell, once: Cell, more: Cell]>> = {
  committed: ['PHANTOM', 'ONCE', 'DUPLICATED'],
  // A handler that throws may do so before its effect, so an answer without an execution is no phantom.
  rejected: ['ONCE', 'ONCE', 'DUPLICATED'],
  refused: ['REFUSED', 'FALSE REFUSAL', 'FALSE REFUSAL'],
  unknown: ['LOST', 'ORPHAN', 'ORPHAN-DUPLICATED'],
  nothing: ['STUCK', 'STUCK', 'STUCK'],
  'client died': ['ABANDONED', 'ABANDONED-ORPHAN', 'ABANDONED-DUPLICATED'],
};

export function cellOf(told: Told, executions: number): Cell {
  const [none, once, more] = rows[told];
  if (executions === 0) return none;
  return executions === 1 ? once : more;
}

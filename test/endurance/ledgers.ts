/** What servers wrote down of a set of transactions. */
import { existsSync } from 'node:fs';
import { type LedgerLine, readLines } from '../../harness/history.ts';

export interface LedgerOf {
  readonly path: string;
  /** The transactions that count; all where it is missing. */
  readonly ids?: ReadonlySet<string>;
}

/** How often each transaction was executed, or begun, at all those servers together. */
export function executions(ledgers: readonly LedgerOf[], kind: LedgerLine['kind'] = 'executed'): Map<string, number> {
  const times = new Map<string, number>();
  for (const line of lines(ledgers)) if (line.kind === kind) times.set(line.id, (times.get(line.id) ?? 0) + 1);
  return times;
}

/** The transactions of which a server saw an attempt that was not the first. */
export function triedAgain(ledgers: readonly LedgerOf[]): Set<string> {
  const again = [...lines(ledgers)].filter(({ kind, attempt }) => kind === 'received' && attempt > 1);
  return new Set(again.map(({ id }) => id));
}

function* lines(ledgers: readonly LedgerOf[]): Iterable<LedgerLine> {
  for (const { path, ids } of ledgers) {
    if (!existsSync(path)) continue;
    for (const line of readLines<LedgerLine>(path)) if (ids?.has(line.id) !== false) yield line;
  }
}

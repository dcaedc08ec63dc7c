/** Joins what clients saw with what servers did: one record for each transaction that was invoked. */
import type { HistoryLine, LedgerLine } from './history.ts';

type Line<Kind extends HistoryLine['kind']> = Extract<HistoryLine, { kind: Kind }>;

/** By node name. A ledger that could not be read is an Error. */
export type Ledgers = ReadonlyMap<string, readonly LedgerLine[] | Error>;

/** One transaction with all that is known of it. Stamps in microseconds. */
export interface Transaction {
  readonly invoked: Line<'invoked'>;
  /** The first settlement; a promise settles once. */
  settled: Line<'settled'> | undefined;
  settlements: number;
  /** The highest attempt that anyone has seen: a broker makes attempts of which the client knows nothing. */
  attempts: number;
  /** Hand-overs by the client; to which peer, where it could know. */
  readonly handovers: { readonly peer: string | undefined; readonly at: number }[];
  /** What servers received, by their own word. */
  readonly receipts: { readonly node: string; readonly at: number }[];
  /** When it was handed over, or received, for a second time or more. */
  readonly retries: number[];
  executions: number;
  /** When the last of its executions began. */
  lastBegan: number;
  /** When it had its first effect, and its last. */
  firstExecuted: number;
  lastExecuted: number;
}

export interface Joined {
  /** In the order of their invocation. */
  readonly transactions: readonly Transaction[];
  /** Ids and numbers that show the history not to be whole. */
  readonly executedOnly: ReadonlySet<string>;
  readonly settledOnly: ReadonlySet<number>;
  readonly invokedTwice: ReadonlySet<string>;
}

export function join(history: readonly HistoryLine[], ledgers: Ledgers): Joined {
  const index = new Index();
  // Invocations first: the files of several processes were merged, so a settlement may stand before its invocation.
  for (const line of history) if (line.kind === 'invoked') index.invoke(line);
  for (const line of history) {
    if (line.kind === 'settled') index.settle(line);
    if (line.kind === 'attempt') index.attempt(line);
  }
  for (const [node, lines] of ledgers) {
    if (lines instanceof Error) continue;
    for (const line of lines) index.serve(node, line);
  }
  return index;
}

/** Whether an answer arrived. That of a handler that threw is one too. */
export function answered({ settled }: Transaction): boolean {
  return settled?.outcome === 'committed' || settled?.outcome === 'rejected';
}

class Index implements Joined {
  readonly transactions: Transaction[] = [];
  readonly executedOnly = new Set<string>();
  readonly settledOnly = new Set<number>();
  readonly invokedTwice = new Set<string>();
  readonly #byNumber = new Map<number, Transaction>();
  readonly #byId = new Map<string, Transaction>();

  invoke(invoked: Line<'invoked'>): void {
    const transaction: Transaction = {
      invoked,
      settled: undefined,
      settlements: 0,
      attempts: 0,
      handovers: [],
      receipts: [],
      retries: [],
      executions: 0,
      lastBegan: Number.NEGATIVE_INFINITY,
      firstExecuted: Number.POSITIVE_INFINITY,
      lastExecuted: Number.NEGATIVE_INFINITY,
    };
    if (this.#byId.has(invoked.id) || this.#byNumber.has(invoked.n)) this.invokedTwice.add(invoked.id);
    this.transactions.push(transaction);
    this.#byNumber.set(invoked.n, transaction);
    this.#byId.set(invoked.id, transaction);
  }

  settle(line: Line<'settled'>): void {
    const transaction = this.#byNumber.get(line.n);
    if (transaction === undefined) {
      this.settledOnly.add(line.n);
      return;
    }
    transaction.settled ??= line;
    transaction.settlements++;
  }

  attempt(line: Line<'attempt'>): void {
    const transaction = this.#byId.get(line.id);
    if (transaction === undefined) return;
    transaction.attempts = Math.max(transaction.attempts, line.attempt);
    transaction.handovers.push({ peer: line.peer, at: line.at });
    if (line.attempt > 1) transaction.retries.push(line.at);
  }

  serve(node: string, line: LedgerLine): void {
    const transaction = this.#byId.get(line.id);
    if (transaction === undefined) {
      if (line.kind === 'executed') this.executedOnly.add(line.id);
      return;
    }
    transaction.attempts = Math.max(transaction.attempts, line.attempt);
    if (line.kind === 'received') transaction.receipts.push({ node, at: line.at });
    if (line.kind === 'received' && line.attempt > 1) transaction.retries.push(line.at);
    if (line.kind !== 'executed') return;
    transaction.executions++;
    transaction.lastBegan = Math.max(transaction.lastBegan, line.began);
    transaction.firstExecuted = Math.min(transaction.firstExecuted, line.at);
    transaction.lastExecuted = Math.max(transaction.lastExecuted, line.at);
  }
}

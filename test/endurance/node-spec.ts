/** What a child process of a trial is told to be: its one argument, as JSON. And what is said over its channel. */

export interface NodeSpec {
  readonly name: string;
  readonly pattern: string;
  readonly variant: string;
  readonly role: 'server' | 'broker';
  /** What it binds, or what it connects to. */
  readonly endpoints: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly concurrency: number;
  readonly work: Work;
  /** Where it writes down what it does; nothing is written where this is missing. */
  readonly ledger?: string;
}

/** What a handler does before its effect. The reply is the server's name, or the request. */
export interface Work {
  /** Waits until the gate is open, which the trial does. */
  readonly gate?: boolean;
  /** Waits so long. */
  readonly ms?: number;
  /** Asks `mayCommit()` before the effect. */
  readonly asks?: boolean;
  readonly echo?: boolean;
}

export interface Counts {
  readonly received: number;
  readonly begun: number;
  readonly workers: number;
}

export interface Usage {
  readonly rssMb: number;
  /** What is alive: measured after a collection. */
  readonly heapMb: number;
  readonly stats: Readonly<Record<string, unknown>>;
}

export type FromNode =
  | { readonly said: 'ready' }
  | { readonly said: 'failed'; readonly message: string }
  /** How many requests have come in, and how many handlers begun; at a broker, how many workers it has. */
  | ({ readonly said: 'count' } & Counts)
  | { readonly said: 'usage'; readonly usage: Usage };

export type ToNode = { readonly tell: 'open' | 'usage' };

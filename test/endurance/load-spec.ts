/** What a load client is told to be, and what is said over its channel. */

export interface LoadSpec {
  readonly name: string;
  readonly pattern: string;
  readonly variant: string;
  readonly endpoints: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
}

/** To make a load for so long. */
export interface ToLoad {
  readonly durationMs: number;
  readonly perSec: number;
  readonly timeoutMs: number;
}

export type FromLoad = { readonly said: 'ready' } | { readonly said: 'ran'; readonly figures: LoadFigures };

export interface LoadFigures {
  readonly asked: number;
  readonly committed: number;
  readonly rejected: number;
  readonly refused: number;
  readonly unknown: number;
  readonly unsettled: number;
  /** How long those that committed took. */
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** How long after its deadline the latest of all settled; negative where none reached it. */
  readonly latestMs: number;
  /** The longest that this process was kept from running by others. */
  readonly starvedMs: number;
  /** At the end, and at most: what the system gave, and what is alive of the heap. */
  readonly rssMb: number;
  readonly rssMaxMb: number;
  readonly heapMb: number;
  readonly heapMaxMb: number;
}

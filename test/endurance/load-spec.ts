/** What a load client is told to be, and what is said over its channel. */

export interface LoadSpec {
  readonly name: string;
  readonly pattern: string;
  readonly variant: string;
  /** What it connects to, or binds. */
  readonly place: { readonly endpoints: readonly string[] } | { readonly bind: readonly string[] };
  readonly settings: Readonly<Record<string, unknown>>;
}

/** To make a load for so long, or so many transactions in lock-step: by so many clients at once, each one after the other. */
export type ToLoad = OpenLoad | LockStep;

export interface LockStep {
  readonly rounds: number;
  readonly lanes: number;
  readonly timeoutMs: number;
}

export interface OpenLoad {
  readonly durationMs: number;
  readonly perSec: number;
  readonly timeoutMs: number;
}

export type FromLoad =
  | { readonly said: 'ready' }
  | { readonly said: 'ran'; readonly figures: LoadFigures }
  | { readonly said: 'stepped'; readonly steps: Steps };

export interface Steps {
  readonly rounds: number;
  /** Those that got no reply, by their codes; and how many got another's. */
  readonly failures: Readonly<Record<string, number>>;
  readonly mismatched: number;
  readonly tookMs: number;
}

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

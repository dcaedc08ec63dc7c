/** What the proxy's process is told: its links as its one argument, as JSON; then what is to be the matter with them. */
import type { Direction, Impairment } from '../../impairment.ts';

export interface RelaySpec {
  readonly seed: number;
  /** The module that exports the pattern, which knows its heartbeats. */
  readonly patternUrl: string;
  readonly links: readonly LinkSpec[];
}

export interface LinkSpec {
  readonly name: string;
  readonly doors: readonly Door[];
  /** Whether its messages are followed, or its bytes alone. */
  readonly follows: boolean;
  /** Which way requests go: to who listens, or to who calls. */
  readonly requestsGo: 'to-listener' | 'to-caller';
}

/** A port on loopback, and where it leads. */
export interface Door {
  readonly port: number;
  readonly target: { readonly host: string; readonly port: number } | { readonly path: string };
}

export type ToRelay =
  | {
      readonly tell: 'impair';
      readonly id: number;
      readonly link: string;
      readonly impairment: Impairment;
      readonly directions: readonly Direction[];
    }
  | { readonly tell: 'heal'; readonly id: number };

export type FromRelay =
  | { readonly said: 'ready' }
  /** What it was told of that number is done. */
  | { readonly said: 'done'; readonly id: number }
  /** The impairment of that number has struck its message. */
  | { readonly said: 'struck'; readonly id: number; readonly at: number }
  | { readonly said: 'failed'; readonly id?: number; readonly message: string };

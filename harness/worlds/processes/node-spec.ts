/** What a child process is told to be. It is its one argument, as JSON. */
import type { Order } from '../../faults/fault.ts';
import type { Scenario } from '../../scenario.ts';
import type { NodeRole } from '../world.ts';

export interface NodeSpec {
  readonly node: string;
  readonly role: NodeRole;
  /** The module that exports the pattern. */
  readonly patternUrl: string;
  readonly scenario: Scenario;
  /** What it binds, or what it connects to. */
  readonly endpoints: readonly string[];
  /** Where clients find it, if not where it listens. */
  readonly advertise?: string;
  /** Of the client: how many it waits for before there is load. */
  readonly peers?: number;
  /** Its ledger, or the client's history. */
  readonly file: string;
  /** Where what its machine is told and does is written, if it is to be. */
  readonly recording?: string;
  /** The network namespace it runs in, where that is one of its own. */
  readonly host?: string;
  /** Which of this node's processes it is, from 1. */
  readonly life?: number;
}

/** What a child says to its supervisor. */
export type FromChild =
  | { readonly said: 'ready' }
  | { readonly said: 'failed'; readonly message: string }
  | { readonly said: 'began'; readonly at: number }
  | { readonly said: 'ended' }
  /** The order of that number is about to be done. */
  | { readonly said: 'obeying'; readonly number: number; readonly at: number };

/** What it is told: the client, to begin; any, what a fault orders. Stopping is a signal, SIGTERM, which every process understands. */
export type ToChild =
  | { readonly tell: 'begin' }
  | { readonly tell: 'obey'; readonly number: number; readonly order: Order };

/** What a process that is to stop is given for ending what it has begun. */
export const drainMs = 1000;

/** What a reproduction is: a claim that others published, put to the test. One file each; being there is being listed. */
import type { RunOptions } from '../run.ts';

export interface ReproductionOptions extends Omit<RunOptions, 'onPhase'> {
  readonly seed: number;
  /** A trial: the same things, too few or too short to count. */
  readonly quick: boolean;
  readonly onPhase: (phase: string) => void;
}

/** One thing that was measured, beside what it should have been. */
export interface Check {
  readonly what: string;
  readonly expected: string;
  readonly measured: string;
  readonly holds: boolean;
}

export interface Measured {
  readonly checks: readonly Check[];
  /** The figures, for programs. */
  readonly figures: Readonly<Record<string, unknown>>;
}

export interface Reproduction {
  /** Says what it shows. */
  readonly name: string;
  readonly about: string;
  /** What was claimed, in the words of `source` where those are quoted. */
  readonly claim: string;
  readonly source: string;
  /** @throws {Error} where it could not be measured. */
  reproduce(options: ReproductionOptions): Promise<Measured>;
}

/** The same options, for a run whose phases are not worth telling. */
export function silently({ onPhase: _, ...options }: ReproductionOptions): RunOptions {
  return options;
}

/** The article that most claims are from. */
export const article = 'R. Bucker, “REST semi-realtime transactions”, 2012';

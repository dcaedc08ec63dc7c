/** What a reproduction is: a claim that others published, put to the test. */
import type { RunOptions } from '../run.ts';

export interface ReproductionOptions extends Omit<RunOptions, 'onPhase'> {
  readonly seed: number;
  readonly onPhase: (phase: string) => void;
}

export interface ReproductionResult {
  readonly reproduced: boolean;
  /** One line each, for people: what was claimed, what was measured. */
  readonly lines: readonly string[];
  /** The figures, for programs. */
  readonly figures: Readonly<Record<string, unknown>>;
}

export interface Reproduction {
  readonly name: string;
  readonly about: string;
  reproduce(options: ReproductionOptions): Promise<ReproductionResult>;
}

/** The same options, for a run whose phases are not worth telling. */
export function silently({ onPhase: _, ...options }: ReproductionOptions): RunOptions {
  return options;
}

/** What a question is: something worth knowing, and how to find it out by measuring. One file each. */
import type { Machine } from '../harness/machine.ts';

export interface Question {
  readonly name: string;
  /** The question itself, in words. */
  readonly asks: string;
  /** @throws {Error} when it could not be measured, or `signal`'s reason. Leaves no process and no folder behind. */
  ask(options: AskOptions): Promise<RawResult>;
}

export interface AskOptions {
  /** A trial: the same things, too few of them to count. */
  readonly quick: boolean;
  readonly seed: number;
  /** How many of each fault, where faults are counted; as many as the question thinks right, by default. */
  readonly kills: number | undefined;
  /** How long to wait for what should never happen; the same. */
  readonly minutes: number | undefined;
  /** Goes on with what one that was stopped has found, where a question keeps a journal. */
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
}

/** What every raw result says of itself, whatever its figures. */
export interface RawResult {
  readonly question: string;
  readonly quick: boolean;
  readonly seed: number;
  readonly machine: Machine;
  /** False where it did not test what it set out to test; `doubts` say why. */
  readonly conclusive: boolean;
  readonly doubts: readonly string[];
}

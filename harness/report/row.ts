/** One row of the comparison, whatever it is printed on. */
import type { Verdict } from '../verdict.ts';

/** One run of one variant under one fault: everything of its verdict that is one figure, and its claims. */
export interface Row extends Omit<Verdict, 'cells' | 'doubts'> {
  readonly pattern: string;
  readonly variant: string;
  /** `none` without one. */
  readonly fault: string;
  /** `observed` is what happened instead, for those that were broken: `took 310 ms`. */
  readonly claims: readonly { readonly claim: string; readonly kept: boolean; readonly observed?: string }[];
  /** Why it is not conclusive. */
  readonly doubts?: readonly string[];
}

/** What stands where there is no figure: no fault, so no failover. */
export const noFigure = '–';

/** What is kept as a raw file leaves away what it has not. */
export function figure(value: number | null | undefined, words: (value: number) => string): string {
  return value === null || value === undefined ? noFigure : words(value);
}

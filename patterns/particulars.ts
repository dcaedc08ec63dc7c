import type { AnswerStream } from './answer-stream.ts';
import type { TransactionId } from './transaction.ts';

/** What few transactions have: most are their promise alone. */
export interface Particulars {
  /** Takes the parts of an answer as they come. */
  readonly stream: AnswerStream | undefined;
  readonly signal: AbortSignal | undefined;
  /** Where the caller gave it. */
  readonly id: TransactionId | undefined;
  /** What there is of an answer in parts that is wanted whole. */
  parts: Uint8Array[] | undefined;
  partsBytes: number;
  /** Why we gave it up ourselves. */
  why: string | undefined;
}

export const noParticulars: Particulars = {
  stream: undefined,
  signal: undefined,
  id: undefined,
  parts: undefined,
  partsBytes: 0,
  why: undefined,
};

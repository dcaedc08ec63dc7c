/** The transaction that shows best what was wrong with a run. */
import type { Judged, Judgement } from '../verdict.ts';
import { committed } from './scatter.ts';

export interface Conviction {
  readonly transaction: Judged;
  /** What became of it, after its name. */
  readonly words: string;
}

type Kind = readonly [words: string, of: (transaction: Judged) => boolean];

/** The worst first: what was said and is not so, what took place twice or too late, what was lost. */
const kinds: readonly Kind[] = [
  ['was committed by nobody, though its caller was told that it is', ({ cell }) => cell === 'PHANTOM'],
  ['was executed, though its caller was told that it never will be', ({ cell }) => cell === 'FALSE REFUSAL'],
  ['was told what is another’s, or told twice', ({ mismatched }) => mismatched],
  ['was never told anything', ({ cell }) => cell === 'STUCK'],
  ['was executed more than once', ({ cell }) => cell.endsWith('DUPLICATED')],
  ['was begun after its caller had been told', ({ late }) => late],
  ['was lost: its caller does not know, and nobody executed it', ({ cell }) => cell === 'LOST'],
  ['was executed, and its caller does not know', ({ cell }) => cell === 'ORPHAN'],
];

/** Of those that break a claim, besides: a refusal is a loss too, and a failover is as long as its longest wait. */
const claimKinds: readonly Kind[] = [['was refused', ({ cell }) => cell === 'REFUSED']];

/** Undefined where nothing was wrong. Of several alike it is the first. */
export function convictionOf(
  { transactions }: Judgement,
  claims: readonly { readonly kept: boolean }[],
): Conviction | undefined {
  const isBroken = claims.some(({ kept }) => !kept);
  for (const [words, of] of isBroken ? [...kinds, ...claimKinds] : kinds) {
    const transaction = transactions.find(of);
    if (transaction !== undefined) return { transaction, words };
  }
  const slowest = transactions
    .filter(committed)
    .reduce<Judged | undefined>(
      (worst, one) => (worst !== undefined && worst.latencyMs >= one.latencyMs ? worst : one),
      undefined,
    );
  if (!isBroken || slowest === undefined) return undefined;
  return { transaction: slowest, words: 'waited longest in a run that broke a claim' };
}

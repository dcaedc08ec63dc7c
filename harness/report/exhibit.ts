/** A run as reports show it: read from its folder and judged again, without the lines it was judged by. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MisuseError } from '../../patterns/transaction.ts';
import { collectEvidence } from '../evidence.ts';
import type { Scenario } from '../scenario.ts';
import type { ResultRow, Summary } from '../summary.ts';
import { type Evidence, type Judgement, judge } from '../verdict.ts';
import { type Conviction, convictionOf } from './conviction.ts';
import { happeningsOf } from './happenings.ts';
import type { Happening } from './space-time-text.ts';
import { subject } from './words.ts';

export interface Exhibit {
  readonly id: string;
  /** What took part: a pattern, with its variant where that is not the default. */
  readonly contestant: string;
  /** What it had to go through. */
  readonly ordeal: string;
  readonly scenario: Scenario;
  readonly row: ResultRow;
  readonly judgement: Judgement;
  /** The transaction that shows best what was wrong, if anything was, and what is known of it. */
  readonly convicted?: Conviction & { readonly rows: readonly Happening[] };
}

/** Whether a run left it, and came to its end. */
export function isRunFolder(folder: string): boolean {
  return ['scenario.json', 'history.jsonl', 'ledgers', 'summary.json'].every((part) => existsSync(join(folder, part)));
}

/** What a run came to, and where something was wrong the transaction that shows it best. */
export function exhibitOf({ id, row }: Summary, judgement: Judgement, evidence: Evidence): Exhibit {
  const { scenario } = evidence;
  const conviction = convictionOf(judgement, row.claims);
  return {
    id,
    contestant: subject(row.pattern, row.variant),
    ordeal: scenario.name.replace(/^compare-/, ''),
    scenario,
    row,
    judgement,
    ...(conviction === undefined
      ? {}
      : { convicted: { ...conviction, rows: happeningsOf(evidence, conviction.transaction.id) } }),
  };
}

/** With the evidence, for what shows a run's lines: it is large, and not to be kept of many runs at once. */
export function readExhibit(folder: string): { readonly exhibit: Exhibit; readonly evidence: Evidence } {
  const summary = summaryIn(folder);
  const evidence = collectEvidence(folder);
  return { exhibit: exhibitOf(summary, judge(evidence), evidence), evidence };
}

function summaryIn(folder: string): Summary {
  try {
    return JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as Summary;
  } catch {
    throw new MisuseError('run folder', folder, 'its summary.json must be JSON');
  }
}

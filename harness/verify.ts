/** Judges a run folder again from its raw files, and compares what its summary says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MisuseError } from '../patterns/transaction.ts';
import { collectEvidence } from './evidence.ts';
import { findPattern } from './registry.ts';
import { type Summary, summarize } from './summary.ts';

export interface Verification {
  /** Whether the summary says what the raw files say. */
  readonly true: boolean;
  readonly differences: readonly { readonly field: string; readonly said: string; readonly found: string }[];
}

/** @throws {MisuseError} for a folder that is none of a run. */
export async function verify(folder: string, patternFolders: readonly string[] = []): Promise<Verification> {
  for (const part of ['scenario.json', 'history.jsonl', 'ledgers', 'summary.json']) {
    if (!existsSync(join(folder, part)))
      throw new MisuseError('run folder', folder, `it takes a folder with ${part} in it`);
  }
  const said = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as Summary;
  const evidence = collectEvidence(folder);
  const { pattern } = await findPattern(evidence.scenario.pattern, patternFolders);
  const { summary } = summarize(said.id, evidence, pattern);
  const saidRow = said.row as unknown as Record<string, unknown>;
  const foundRow = JSON.parse(JSON.stringify(summary.row)) as Record<string, unknown>;
  const differences = [...new Set([...Object.keys(saidRow), ...Object.keys(foundRow)])]
    .filter((field) => JSON.stringify(saidRow[field]) !== JSON.stringify(foundRow[field]))
    .map((field) => ({ field, said: JSON.stringify(saidRow[field]), found: JSON.stringify(foundRow[field]) }));
  return { true: differences.length === 0, differences };
}

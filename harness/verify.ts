/** Judges a run folder again from its raw files, and compares what its summary says: of the files themselves, and of the run. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MisuseError } from '../patterns/transaction.ts';
import { collectEvidence, digestsOf } from './evidence.ts';
import { findPattern } from './registry.ts';
import { type Summary, summarize } from './summary.ts';

export interface Verification {
  /** Whether the summary says what the raw files say. */
  readonly true: boolean;
  readonly differences: readonly Difference[];
}

interface Difference {
  /** A raw file, or a field of the summary. */
  readonly field: string;
  readonly said: string;
  readonly found: string;
}

/** @throws {MisuseError} for a folder that is none of a run, and where it is of a pattern that is not there. */
export async function verify(folder: string, patternFolders: readonly string[] = []): Promise<Verification> {
  for (const part of ['scenario.json', 'history.jsonl', 'ledgers', 'summary.json']) {
    const found = statSync(join(folder, part), { throwIfNoEntry: false });
    if (found === undefined || found.isDirectory() !== (part === 'ledgers'))
      throw new MisuseError('run folder', folder, `it takes a folder with ${part} in it`);
  }
  const said = summaryOf(folder);
  const files = differencesOf(said.files ?? {}, digestsOf(folder));
  const differences = [...files, ...(await judgedAgain(folder, said, patternFolders, files.length > 0))];
  return { true: differences.length === 0, differences };
}

/** Files that were meddled with need not be such that anything can be judged by them. */
async function judgedAgain(
  folder: string,
  said: Summary,
  patternFolders: readonly string[],
  isAltered: boolean,
): Promise<Difference[]> {
  try {
    const evidence = collectEvidence(folder);
    const { pattern } = await findPattern(evidence.scenario.pattern, patternFolders);
    const { summary } = summarize(said.id, evidence, pattern, said.files);
    return [
      ...differencesOf({ seed: said.seed }, { seed: summary.seed }),
      ...differencesOf(said.row ?? {}, summary.row),
    ];
  } catch (error) {
    if (!isAltered) throw error;
    return [{ field: 'row', said: JSON.stringify(said.row), found: (error as Error).message }];
  }
}

function differencesOf(said: object, found: object): Difference[] {
  const [saidFields, foundFields] = [said, found].map((one) => JSON.parse(JSON.stringify(one)) as Fields) as [
    Fields,
    Fields,
  ];
  return [...new Set([...Object.keys(saidFields), ...Object.keys(foundFields)])]
    .map((field) => ({ field, said: words(saidFields[field]), found: words(foundFields[field]) }))
    .filter((one) => one.said !== one.found);
}

type Fields = Readonly<Record<string, unknown>>;

function words(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function summaryOf(folder: string): Summary {
  const path = join(folder, 'summary.json');
  let summary: unknown;
  try {
    summary = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new MisuseError('run folder', folder, 'its summary.json must be JSON');
  }
  if (typeof summary === 'object' && summary !== null) return summary as Summary;
  throw new MisuseError('run folder', folder, 'its summary.json must be an object');
}

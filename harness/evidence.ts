/** A run folder's raw files: everything a verdict is made of, and nothing that was concluded from it. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type HistoryLine, type LedgerLine, readLines } from './history.ts';
import { parseScenario } from './scenario.ts';
import type { Evidence } from './verdict.ts';

export function collectEvidence(folder: string): Evidence {
  const ledgers = new Map<string, readonly LedgerLine[] | Error>();
  for (const file of readdirSync(join(folder, 'ledgers')).sort()) {
    ledgers.set(basename(file, '.jsonl'), readLedger(join(folder, 'ledgers', file)));
  }
  return {
    scenario: parseScenario(JSON.parse(readFileSync(join(folder, 'scenario.json'), 'utf8'))),
    history: readLines<HistoryLine>(join(folder, 'history.jsonl')).sort((a, b) => a.at - b.at),
    ledgers,
  };
}

/** What each raw file's bytes come to: most of what is in them has no part in a verdict, and is evidence all the same. */
export function digestsOf(folder: string): Record<string, string> {
  const ledgers = readdirSync(join(folder, 'ledgers')).sort();
  const files = ['scenario.json', 'history.jsonl', ...ledgers.map((file) => `ledgers/${file}`)];
  return Object.fromEntries(files.map((file) => [file, digestOf(join(folder, file))]));
}

function digestOf(path: string): string {
  return `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
}

/** Writes what a world kept in memory, as processes write it themselves. */
export function writeEvidence(folder: string, { history, ledgers }: Evidence): void {
  writeFileSync(join(folder, 'history.jsonl'), linesOf(history));
  for (const [node, lines] of ledgers) {
    if (!(lines instanceof Error)) writeFileSync(join(folder, 'ledgers', `${node}.jsonl`), linesOf(lines));
  }
}

function linesOf(lines: readonly object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function readLedger(path: string): LedgerLine[] | Error {
  try {
    return readLines<LedgerLine>(path);
  } catch (error) {
    return error as Error;
  }
}

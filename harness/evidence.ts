/** Reads a run folder: everything a verdict is made of, and nothing that was concluded from it. */
import { readdirSync, readFileSync } from 'node:fs';
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

function readLedger(path: string): LedgerLine[] | Error {
  try {
    return readLines<LedgerLine>(path);
  } catch (error) {
    return error as Error;
  }
}

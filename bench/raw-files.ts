/** The raw files that RESULTS.md is made of: where questions keep them, and read what another one came to. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Seen from `dist/bench/`: what was built runs, and what was written is kept. */
const resultsFolder = fileURLToPath(new URL('../../bench/results', import.meta.url));

/** Undefined where there is none of that name. @throws {Error} naming a file that is not JSON. */
export function rawFile(name: string, folder: string = resultsFolder): unknown {
  const path = join(folder, `${name}.json`);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new Error(`${path} is not JSON`);
  }
}

export function keepRawFile(name: string, value: unknown): void {
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, `${name}.json`), `${JSON.stringify(value, undefined, 1)}\n`);
}

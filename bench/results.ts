/**
 * `npm run results`: writes RESULTS.md with its pictures, and README's table, from the raw files, and the settings in each pattern's README
 * from the patterns. `--check` writes nothing. Exit codes: 0 for success, 1 where they were not in step, or something
 * failed, 2 for misuse.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { fail, print } from '../harness/cli/terminal.ts';
import { findPatterns } from '../harness/registry.ts';
import { readmeWithTable, readRawFiles, resultsPage, resultsPictures } from './results-page.ts';
import { readmeWithSettings } from './settings-table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function results({ check }: { readonly check: boolean }): Promise<void> {
  const raw = readRawFiles(join(root, 'bench/results'));
  if (raw.size === 0) throw new Error('bench/results/ has no raw files yet: npm run bench');
  const readme = textOf('README.md');
  const pages: [string, string][] = [['RESULTS.md', resultsPage(raw)], ...resultsPictures(raw)];
  if (readme !== undefined) pages.push(['README.md', readmeWithTable(readme, raw)]);
  for (const { pattern } of (await findPatterns()).values()) {
    const name = `patterns/${pattern.name}/README.md`;
    const page = textOf(name);
    if (page !== undefined) pages.push([name, readmeWithSettings(page, pattern)]);
  }
  const stale = pages.filter(([name, text]) => textOf(name) !== text);
  for (const [name, text] of stale) {
    if (check) print(`${name} is not in step: npm run results`);
    else {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
      print(`${name} written`);
    }
  }
  if (stale.length === 0) print('RESULTS.md and every README.md are in step');
  else if (check) process.exitCode = 1;
}

function textOf(name: string): string | undefined {
  const path = join(root, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

const program = new Command('results')
  .description('write RESULTS.md and the tables in the README.md files, from bench/results/ and the patterns')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`privateer: ${text.replace(/^error: /, '')}`) })
  .option('--check', 'write nothing; exit 1 where they are not in step', false)
  .allowExcessArguments(false)
  .action(results);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : fail(error);
}

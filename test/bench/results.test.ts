import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { questions } from '../../bench/questions.ts';
import { readmeWithTable, readRawFiles, resultsPage } from '../../bench/results-page.ts';
import { sectionOf } from '../../bench/sections/sections.ts';
import type { TwoWorldsResult } from '../../bench/two-worlds.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const raw = readRawFiles(join(root, 'bench/results'));
const again = 'run `npm run results`';

describe('the pages and the raw files committed', () => {
  test('RESULTS.md says what the raw files say', () => {
    expect(raw.size, 'bench/results/ has no raw files: run `npm run bench`').toBeGreaterThan(0);
    expect(existsSync(join(root, 'RESULTS.md')), `RESULTS.md is not there: ${again}`).toBe(true);
    const page = readFileSync(join(root, 'RESULTS.md'), 'utf8');
    expect(page, `RESULTS.md is not in step with bench/results/: ${again}`).toBe(resultsPage(raw));
  });

  test.runIf(existsSync(join(root, 'README.md')))('README.md shows the same comparison', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    expect(readme, `README.md's table is not in step: ${again}`).toBe(readmeWithTable(readme, raw));
  });

  test('no raw file is of a trial run', () => {
    const trials = [...raw].filter(([, file]) => (file as { quick?: boolean }).quick === true).map(([name]) => name);
    expect(trials, 'a trial is too short to publish: run `npm run bench` without --quick').toEqual([]);
  });

  test('every question has a section, and is kept under its name', () => {
    for (const { name } of questions) expect(sectionOf(name).name).toBe(name);
  });

  test('every figure of a raw file is there, or its field is not', () => {
    for (const [name, file] of raw) expect(JSON.stringify(file), `${name}.json: make it again`).not.toContain('null');
  });

  test.runIf(raw.has('two-worlds'))('the two worlds are held against the campaign that is committed', () => {
    const { campaign } = raw.get('two-worlds') as TwoWorldsResult;
    expect(campaign.id).toBe((raw.get('library') as { id: string }).id);
  });
});

describe('the page', () => {
  const layers = {
    question: 'layers',
    quick: false,
    seed: 7,
    machine: {
      cpu: 'A CPU',
      cores: 2,
      platform: 'linux',
      node: 'v20.0.0',
      zeromq: '6.8.0',
      libzmq: '4.3.5',
      loadBefore: 0.1,
    },
    conclusive: true,
    doubts: [],
    rounds: 3,
    payloadBytes: 64,
    rows: [{ layer: 'deadlines', what: 'set and remove', us: { median: 0.1, low: 0.09, high: 0.12 }, samples: [0.1] }],
  };

  test('leaves out what has no raw file', () => {
    const page = resultsPage(new Map([['layers', layers]]));
    expect(page).toContain('## Layers');
    expect(page).not.toContain('## Throughput');
  });

  test('names the command, the machine, the versions and the seed beside the figures', () => {
    const page = resultsPage(new Map([['layers', layers]]));
    expect(page).toContain('npm run bench -- --only layers --seed 7');
    expect(page).toContain(
      'A CPU, 2 cores, linux · Node v20.0.0 · zeromq 6.8.0 (libzmq 4.3.5) · load before 0.10 · seed 7',
    );
  });

  test('says so where a raw file is of a trial run', () => {
    expect(resultsPage(new Map([['layers', { ...layers, quick: true }]]))).toContain(
      'A trial run, too short to count.',
    );
  });
});

describe('the README', () => {
  const comparison = { rows: [], runs: [], conclusive: true };

  test('without its marks is refused, rather than left to grow old', () => {
    expect(() => readmeWithTable('# Privateer\n', new Map([['compare', comparison]]))).toThrow('<!-- compare -->');
  });

  test('keeps everything around the table, however often it is written', () => {
    const before = 'above\n<!-- compare -->\nold\n<!-- /compare -->\nbelow\n';
    const files = new Map([['compare', comparison]]);
    const once = readmeWithTable(before, files);
    expect(once.startsWith('above\n<!-- compare -->\n')).toBe(true);
    expect(once.endsWith('\n<!-- /compare -->\nbelow\n')).toBe(true);
    expect(once).not.toContain('old');
    expect(readmeWithTable(once, files)).toBe(once);
  });

  test('stays as it is where there is no comparison', () => {
    expect(readmeWithTable('# Privateer\n', new Map())).toBe('# Privateer\n');
  });
});

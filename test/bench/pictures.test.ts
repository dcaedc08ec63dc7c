import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { chart } from '../../bench/pictures/chart.ts';
import { killsPicture } from '../../bench/pictures/kills.ts';
import { picturesFolder, readRawFiles, resultsPage, resultsPictures } from '../../bench/results-page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const given = {
  title: 'A & B',
  says: 'two curves',
  x: { label: 'window', scale: 'log', ticks: [1, 16, 128], words: String },
  y: { label: 'a second', scale: 'log', words: String },
  series: [
    { name: 'first', look: 's0', points: [[1, 10] as const, [128, 1000] as const] },
    { name: 'second', look: 'other', isBehind: true, points: [[1, 10] as const, [128, 990] as const] },
  ],
} as const;

describe('a chart', () => {
  test('is the same to the byte for the same figures, and safe as XML', () => {
    expect(chart(given)).toBe(chart(given));
    expect(chart(given)).toContain('A &amp; B');
    expect(chart(given)).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('follows its reader’s choice of light or dark', () => {
    expect(chart(given)).toContain('@media (prefers-color-scheme:dark)');
  });

  test('names curves that end close by one below the other', () => {
    const at = (name: string) => Number(new RegExp(`y="([0-9.]+)"[^>]*>${name}<`).exec(chart(given))![1]);
    expect(at('second') - at('first')).toBeGreaterThanOrEqual(14);
  });

  test('takes a single point, and equal figures, and nothing that is none', () => {
    const alone = [{ name: 'alone', look: 's0', points: [[1, 5] as const] }];
    expect(chart({ ...given, series: alone })).not.toMatch(/NaN|Infinity/);
    expect(() => chart({ ...given, series: [] })).toThrow(RangeError);
  });
});

test('failovers: a dot for each kill, and its row’s median in words', () => {
  const kill = (failoverMs: number) => {
    return {
      pattern: 'freelance',
      seed: 1,
      failoverMs,
      blackoutMs: 1,
      masked: 5,
      lost: 0,
      unknown: 0,
      duplicated: 0,
      lateExecutions: 0,
      repeats: 0,
    };
  };
  const at = (median: number) => ({ median, low: median, high: median });
  const figures = { netMs: at(7), net95Ms: at(9), netMostMs: 9, blackoutMs: at(1) };
  const svg = killsPicture({
    load: { ratePerSec: 3000, serviceMs: 5, concurrency: 16 },
    rows: [
      {
        pattern: 'freelance',
        kills: 3,
        ...figures,
        dealtAgain: 15,
        lost: 0,
        unknown: 0,
        duplicated: 0,
        lateExecutions: 0,
      },
    ],
    kills: [kill(12), kill(11), kill(14)],
  });
  expect(svg.match(/h0/g)).toHaveLength(3);
  expect(svg).toContain('freelance: median 7 ms, 95th percentile 9 ms, 3 kills');
});

test('the pictures committed are those that the raw files make, and the page shows each', () => {
  const raw = readRawFiles(join(root, 'bench/results'));
  const pictures = resultsPictures(raw);
  const folder = join(root, picturesFolder);
  const there = existsSync(folder) ? readdirSync(folder).map((name) => `${picturesFolder}/${name}`) : [];
  expect(there.sort(), 'run `npm run results`').toEqual([...pictures.keys()].sort());
  const page = resultsPage(raw);
  for (const [path, svg] of pictures) {
    expect(readFileSync(join(root, path), 'utf8'), `${path} is not in step: run \`npm run results\``).toBe(svg);
    expect(page).toContain(`](${path})`);
  }
});

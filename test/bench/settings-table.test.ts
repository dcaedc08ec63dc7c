/** The settings in each pattern's README are those of its code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readmeWithSettings } from '../../bench/settings-table.ts';
import { patterns } from '../patterns/all-patterns.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const marks = '<!-- settings -->\n<!-- /settings -->';

describe.each(patterns.map((pattern) => [pattern.name, pattern] as const))('%s', (name, pattern) => {
  const readme = readFileSync(join(root, `patterns/${name}/README.md`), 'utf8');

  test('its README is in step with its settings', () => {
    expect(readme, 'run `npm run results`').toBe(readmeWithSettings(readme, pattern));
  });

  test('every setting has a row, with its default and its limits', () => {
    const rows = readmeWithSettings(marks, pattern).split('\n').slice(3, -1);
    expect(rows.map((row) => /^\| `(\w+)`/.exec(row)?.[1])).toEqual(Object.keys(pattern.settings));
    for (const row of rows) expect(row.split('|').length).toBe(8);
  });
});

test('a row says who takes a setting, what it is without, and what a variant makes of it', () => {
  const brokerless = patterns.find(({ name }) => name === 'brokerless-req')!;
  const rows = readmeWithSettings(marks, brokerless).replace(/ +/g, ' ').split('\n');
  expect(rows).toContain(
    '| `pendingLimit` | client | 65 536 | transactions | 1 to 4 194 304 | how many may be pending; one more is refused at once |',
  );
  expect(rows.find((row) => row.startsWith('| `retry`'))).toContain(
    '| client | false; true in `retry` | | true, false |',
  );
  expect(rows.find((row) => row.startsWith('| `reconnectMs`'))).toContain('| all | 50 | ms |');
});

test('a setting that several roles take names them', () => {
  const window = { kind: 'number', default: 1, min: 1, max: 9, unit: 'ms', about: 'client, server: how long' } as const;
  const pattern = { ...patterns[0]!, settings: { window }, variants: {} };
  expect(readmeWithSettings(marks, pattern).replace(/ +/g, ' ')).toContain(
    '| `window` | client, server | 1 | ms | 1 to 9 | how long |',
  );
});

test('a README without the marks is refused, rather than left to grow old', () => {
  expect(() => readmeWithSettings('# A pattern\n', patterns[0]!)).toThrow('<!-- settings -->');
});

import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { markdownTable, type Row, terminalTable } from '../../harness/report/table.ts';
import { milliseconds, percent } from '../../harness/report/words.ts';
import { verdict } from './made.ts';

function row(pattern: string, fault: string, differences: Partial<Row> = {}): Row {
  const claims = [{ claim: 'tells no lies', kept: true }];
  return {
    ...verdict({ due: 1050, committed: 1050, worstMs: 8.4 }),
    pattern,
    variant: 'default',
    fault,
    claims,
    ...differences,
  };
}

const slow = row('freelance', 'kill', {
  failoverMs: 310.4,
  blackoutMs: 6.21,
  outageShare: 0.974,
  duplicated: 7,
  worstMs: 1321,
  claims: [
    { claim: 'fails over within 250 ms', kept: false, observed: 'took 310 ms' },
    { claim: 'tells no lies', kept: true },
  ],
});
const liar = row('canary', 'pause', { variant: 'forgets', honest: false, phantom: 2, stuck: 1, claims: [] });
const idle = row('majordomo', 'kill', { conclusive: false, doubts: ['it hit nothing', 'a ledger is missing'] });
const rows = [slow, liar, idle, row('freelance', 'none'), row('brokerless-req', 'cut', { variant: 'as-published' })];

describe('the Markdown table', () => {
  const lines = markdownTable(rows).split('\n');
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());

  it('has a row for each run and right-aligned figures', () => {
    expect(lines).toHaveLength(2 + rows.length);
    expect(cells(lines[0]!)).toContain('in time during outage');
    expect(cells(lines[1]!)[2]).toMatch(/^-+:$/);
    expect(cells(lines[2]!)).toEqual([
      'freelance',
      'kill',
      '1050',
      '1050',
      '0',
      '0',
      '0',
      '7',
      '0',
      '0',
      '97 %',
      '310 ms',
      '6.2 ms',
      '1.3 s',
      'honest',
    ]);
  });

  it('ends with the verdict', () => {
    expect(lines.slice(3).map((line) => cells(line).at(-1))).toEqual([
      'LIES: 2 phantom and 1 stuck',
      'INCONCLUSIVE',
      'honest',
      'honest',
    ]);
  });
});

describe('the terminal table', () => {
  const plain = terminalTable(rows, false);

  it('is grouped by fault, within 120 columns', () => {
    const headings = plain.split('\n').filter((line) => / due .* worst$/.test(line));
    expect(headings.map((line) => line.replace(/ {2,}due.*/, ''))).toEqual(['no fault', 'kill', 'pause', 'cut']);
    expect(Math.max(...plain.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it('aligns figures under their titles, and shows zeros as dots', () => {
    const [title, line] = plain.split('\n').slice(3) as [string, string];
    expect(line).toMatch(/^✗ freelance {2,}1050 {2,}1050 /);
    expect(line.indexOf('310 ms') + 6).toBe(title.indexOf('failover') + 8);
    expect(line).toHaveLength(title.length);
    expect(line).toMatch(/· +7 +· +· +97 %/);
  });

  it('explains every mark under the table', () => {
    expect(plain.split('\n').slice(-4)).toEqual([
      '✗ freelance, kill: fails over within 250 ms (took 310 ms)',
      '✗ canary/forgets, pause: LIES: 2 phantom and 1 stuck',
      '? majordomo, kill: INCONCLUSIVE: it hit nothing; a ledger is missing',
      '3 of 4 claims kept; 1 not tested, for their runs are inconclusive',
    ]);
  });

  it('differs in colour only', () => {
    const coloured = terminalTable(rows, true);
    expect(coloured).not.toBe(plain);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
    expect(coloured).toContain('\u001b[33m    7\u001b[39m');
    expect(coloured).toContain('\u001b[31m✗ canary/forgets');
    expect(terminalTable([row('freelance', 'none')], true)).toContain('\u001b[32m1 of 1 claim kept');
  });

  it('can do without rows', () => {
    expect(terminalTable([], false)).toContain('0 of 0 claims kept');
    expect(markdownTable([])).toContain('pattern');
  });
});

describe('figures in words', () => {
  it('have two digits that matter', () => {
    const given = [0, 0.04, 0.42, 4.06, 9.96, 41.4, 999.4, 999.6, 1349, 3000, 9949, 9950, 61_000];
    expect(given.map(milliseconds)).toEqual([
      '0 ms',
      '0 ms',
      '0.4 ms',
      '4.1 ms',
      '10 ms',
      '41 ms',
      '999 ms',
      '1 s',
      '1.3 s',
      '3 s',
      '9.9 s',
      '10 s',
      '61 s',
    ]);
  });

  it('never round a share up to all or down to nothing', () => {
    expect([0, 0.001, 0.034, 0.985, 0.9999, 1].map(percent)).toEqual(['0 %', '<1 %', '3 %', '99 %', '99.9 %', '100 %']);
  });
});

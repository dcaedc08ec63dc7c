/** A campaign as a table: in Markdown for pages, in columns for the terminal. */
import { styleText } from 'node:util';
import { markdownTable } from 'markdown-table';
import { figureKinds } from '../campaigns/figures.ts';
import type { CompactCell, CompactResult } from '../campaigns/result.ts';
import { campaignNotes, differenceWords, figureWords, noiseWords, toldCounts, toldFigures } from './campaign-rows.ts';

/** A scenario after the other, each with its contestants, and under each what it differs from the first. */
export function campaignTerminalTable(result: CompactResult, colour: boolean): string {
  // Whoever asks for colour has looked at the stream; styleText must not look again.
  const paint: Paint = colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
  const groups = result.scenarios.map(({ name }) => campaignLines(result, name));
  const widths = campaignTitles.map((title, column) =>
    Math.max(...[title, ...groups.flat().map((line) => line.cells[column] ?? '')].map((cell) => cell.length)),
  );
  const names = Math.max(
    ...groups.flat().map(({ name }) => name.length),
    ...result.scenarios.map(({ name }) => name.length - 2),
  );
  const texts = result.scenarios.map(({ name }, index) =>
    [
      paint('bold', name.padEnd(names + 2)) + paint('dim', row(campaignTitles, widths)),
      ...groups[index]!.map((line) => {
        const text = `${line.name.padEnd(names)}${row(line.cells, widths)}`;
        return `${line.mark === ' ' ? ' ' : paint(markStyle[line.mark], line.mark)} ${line.mark === ' ' ? paint('dim', text) : text}`;
      }),
    ].join('\n'),
  );
  return [...texts, footOf(result, paint)].join('\n\n');
}

/** One table: a scenario's contestants together, and what each differs from the first in a line of its own. Of one scenario, or of all. */
export function campaignMarkdownTable(result: CompactResult, only?: string): string {
  const names = only === undefined ? result.scenarios.map(({ name }) => name) : [only];
  const lines = names.flatMap((name) =>
    campaignLines(result, name).map((line) => [
      ...(only === undefined ? [name] : []),
      line.name.trim(),
      ...line.cells.map((cell) => cell.replaceAll('|', '\\|')),
    ]),
  );
  const words = only === undefined ? ['scenario', 'pattern'] : ['pattern'];
  const all = [...words, ...campaignTitles];
  return markdownTable([all, ...lines], { align: all.map((_, column) => (column < words.length ? 'l' : 'r')) });
}

/** A contestant in a scenario, or what it differs from the first: its name begins with blanks, then. */
export interface CampaignLine {
  readonly mark: Mark | ' ';
  readonly name: string;
  readonly cells: readonly string[];
}

type Mark = '✓' | '✗' | '?' | '–';
type Paint = (style: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string) => string;

const markStyle = { '✓': 'green', '✗': 'red', '?': 'yellow', '–': 'dim' } as const;

export const countTitles = { duplicated: 'dupl.', lateExecutions: 'late', lost: 'lost' } as const;

export const campaignTitles = [
  'runs',
  ...toldFigures.map((name) => figureKinds[name].title),
  ...toldCounts.map((name) => countTitles[name]),
];

export function campaignLines(result: CompactResult, scenario: string): CampaignLine[] {
  const { cells, contestants, noiseFloor, repeats } = result;
  const first = contestants[0]!.name;
  return cells
    .filter(
      (cell) => cell.scenario === scenario && !(cell.skipped !== undefined && cell.contestant === noiseFloor.again),
    )
    .flatMap((cell): CampaignLine[] => {
      const { contestant, differences } = cell;
      if (cell.skipped !== undefined) return [{ mark: '–', name: contestant, cells: ['skipped'] }];
      const own: CampaignLine = { mark: markOf(cell), name: contestant, cells: cellsOf(cell, repeats) };
      if (Object.keys(differences).length === 0) return [own];
      const words = toldFigures.map((name) => differenceWords(differences[name], name));
      return [own, { mark: ' ', name: `  less ${first}`, cells: ['', ...words] }];
    });
}

function cellsOf({ runs, figures, counts }: CompactCell, repeats: number): string[] {
  return [
    String(runs.filter((run) => run.counts).length),
    ...toldFigures.map((name) => figureWords(figures[name], name, repeats)),
    ...toldCounts.map((name) => (counts[name].total === 0 ? '·' : String(counts[name].total))),
  ];
}

function markOf({ runs, claims }: CompactCell): Mark {
  if (runs.some(({ lies }) => lies.length > 0) || claims.some(({ broken }) => broken.length > 0)) return '✗';
  const blocks = new Set(runs.map(({ block }) => block));
  return blocks.size > 0 && blocks.size === runs.filter((run) => run.counts).length ? '✓' : '?';
}

function row(cells: readonly string[], widths: readonly number[]): string {
  return cells.map((cell, column) => `  ${cell.padStart(widths[column]!)}`).join('');
}

function footOf(result: CompactResult, paint: Paint): string {
  const { skipped, lies, broken, inconclusive, again, failures } = campaignNotes(result);
  const claims = result.cells.flatMap((cell) => cell.claims);
  const [kept, of] = [claims.reduce((sum, each) => sum + each.kept, 0), claims.reduce((sum, each) => sum + each.of, 0)];
  return [
    ...skipped.map((line) => paint('dim', `– skipped: ${line}`)),
    ...again.map((line) => `run again, as it proved nothing: ${line}`),
    ...failures.map((line) => `run again, as it could not be made: ${line}`),
    ...inconclusive.map((line) => paint('yellow', `? INCONCLUSIVE: ${line}`)),
    ...lies.map((line) => paint('red', `✗ LIES: ${line}`)),
    ...broken.map((line) => paint('red', `✗ ${line}`)),
    noiseWords(result),
    ...(result.finished ? [] : [paint('yellow', 'Not finished.')]),
    paint(kept === of && of > 0 ? 'green' : 'bold', `claims kept: ${kept} of ${of} checks`),
  ].join('\n');
}

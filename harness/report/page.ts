/** The page of a folder of runs, and of a single run: everything that is drawn of them, and a link to all that it is made of. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { MisuseError } from '../../patterns/transaction.ts';
import { type Exhibit, isRunFolder, readExhibit } from './exhibit.ts';
import { failovers } from './failovers.ts';
import { fieldOf } from './field.ts';
import { grid } from './grid.ts';
import { type Cell, figure, html, link, paragraph, section, table } from './html.ts';
import { percentiles } from './percentiles.ts';
import { type Picture, standalone } from './picture.ts';
import { convictedFigure, writeRunPage } from './run-page.ts';
import { element, escaped } from './svg.ts';
import { cellsOf } from './table.ts';
import { verdictCell } from './verdict-cell.ts';
import { counted } from './words.ts';

/** One run, and its folder from the page's. */
interface Shown {
  readonly path: string;
  readonly exhibit: Exhibit;
}

/**
 * Writes `index.html` into a folder that a run left, or one with such folders in it, and the pictures beside it.
 * @returns the page's path.
 * @throws {MisuseError} for a folder without runs.
 */
export function writePage(folder: string): string {
  const page = join(folder, 'index.html');
  if (isRunFolder(folder)) {
    const { exhibit, evidence } = readExhibit(folder);
    writeRunPage(folder, exhibit, evidence);
    return page;
  }
  const paths = runFoldersIn(folder);
  if (paths.length === 0)
    throw new MisuseError('folder', folder, 'it takes a folder that a run left, or one with such folders in it');
  const shown = paths.map((path) => {
    const { exhibit, evidence } = readExhibit(path);
    writeRunPage(path, exhibit, evidence);
    return { path: relative(folder, path), exhibit };
  });
  writeFileSync(page, fieldPage(folder, shown));
  return page;
}

/** In the order of their names, however deep they lie. What lies within a run's folder is that run's. */
function runFoldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name))
    .sort()
    .flatMap((path) => (isRunFolder(path) ? [path] : runFoldersIn(path)));
}

function fieldPage(folder: string, shown: readonly Shown[]): string {
  const field = fieldOf(shown.map(({ exhibit }) => exhibit));
  const draw = (file: string, picture: Picture, caption: string) => {
    writeFileSync(join(folder, `${file}.svg`), standalone(picture));
    return figure(picture, caption);
  };
  const dots = failovers(field);
  const title = `${basename(resolve(folder))}: ${counted(shown.length, 'run')}`;
  const body = [
    element('h1', {}, escaped(title)),
    paragraph(`${field.contestants.join(', ')} in ${field.ordeals.join(', ')}.`),
    section(
      'The whole field',
      draw(
        'grid',
        grid(field),
        'Each place is one contestant in one scenario: above, how much was committed in time, and what became of the rest; below, when faults lasted.',
      ),
    ),
    dots === undefined
      ? ''
      : section(
          'Failovers',
          draw('failovers', dots, 'A dot for each fault that hit transactions under way. The scale is logarithmic.'),
        ),
    section(
      'How long callers waited',
      draw(
        'percentiles',
        percentiles(field),
        'By percentile; both scales are logarithmic. Whoever got no answer counts as having waited at least to the deadline.',
      ),
    ),
    convictions(shown),
    section('Runs', runsTable(folder, shown)),
  ];
  return html(title, body.join(''));
}

/** The first run of each place in which something went wrong. The others have theirs in their own folders. */
function convictions(shown: readonly Shown[]): string {
  const first = new Map<string, Shown>();
  for (const one of shown) {
    const place = `${one.exhibit.ordeal} ${one.exhibit.contestant}`;
    if (one.exhibit.convicted !== undefined && !first.has(place)) first.set(place, one);
  }
  if (first.size === 0) return '';
  const figures = [...first.values()].map(({ path, exhibit }) => {
    const run = element('p', {}, `In the run ${link(`${path}/index.html`, exhibit.id)}.`);
    return element('h3', {}, escaped(`${exhibit.contestant}, ${exhibit.ordeal}`)) + run + convictedFigure(exhibit);
  });
  return section('Transactions that went wrong', ...figures);
}

function runsTable(folder: string, shown: readonly Shown[]): string {
  const { titles, align, body } = cellsOf(shown.map(({ exhibit }) => exhibit.row));
  // The verdict comes last, and stands out here.
  const rows = shown.map(({ path, exhibit }, row): Cell[] => [
    { html: escaped(exhibit.contestant) },
    { html: escaped(exhibit.ordeal) },
    ...body[row]!.slice(1, -1).map((cell, index) => ({ html: escaped(cell), align: align[index + 1] })),
    { html: verdictCell(exhibit.row) },
    { html: linksOf(folder, path), isLinks: true },
  ]);
  const heads: Cell[] = [
    { html: 'pattern' },
    { html: 'scenario' },
    ...titles.slice(1, -1).map((title, index) => ({ html: title, align: align[index + 1] })),
    { html: 'verdict' },
    { html: 'files', isLinks: true },
  ];
  return table('Every run there was, and what it left', heads, rows);
}

function linksOf(folder: string, path: string): string {
  const files = {
    run: 'index.html',
    timeline: 'timeline.svg',
    'space-time': 'space-time.svg',
    summary: 'summary.json',
  };
  const there = Object.entries(files).filter(([, file]) => existsSync(join(folder, path, file)));
  return [...there.map(([name, file]) => link(`${path}/${file}`, name)), link(`${path}/`, 'folder')].join(' ');
}

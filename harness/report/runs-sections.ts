/** What a page says of its runs one by one: a line for each, and the transactions that went wrong. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Exhibit } from './exhibit.ts';
import { type Cell, link, section, table } from './html.ts';
import { convictedFigure } from './run-page.ts';
import { element, escaped } from './svg.ts';
import { cellsOf } from './table.ts';
import { verdictCell } from './verdict-cell.ts';

/** One run, and its folder from the page's. */
export interface ShownRun {
  readonly path: string;
  readonly exhibit: Exhibit;
}

/** For each contestant and each thing that went wrong the first run in which it did. The others have theirs in their own folders. */
export function convictions(shown: readonly ShownRun[]): string {
  const first = new Map<string, ShownRun>();
  for (const one of shown) {
    const { convicted, row } = one.exhibit;
    const kind = `${row.pattern} ${row.variant} ${convicted?.words}`;
    if (convicted !== undefined && !first.has(kind)) first.set(kind, one);
  }
  if (first.size === 0) return '';
  const figures = [...first.values()].map(({ path, exhibit }) => {
    const run = element('p', {}, `In the run ${link(`${path}/index.html`, exhibit.id)}.`);
    return element('h3', {}, escaped(`${exhibit.contestant}, ${exhibit.ordeal}`)) + run + convictedFigure(exhibit);
  });
  return section('Transactions that went wrong', ...figures);
}

export function runsTable(folder: string, shown: readonly ShownRun[]): string {
  const { titles, align, body } = cellsOf(shown.map(({ exhibit }) => exhibit.row));
  // Who it was stands first under the page's own name for it; the verdict comes last, and stands out here.
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

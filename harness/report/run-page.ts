/** One run as a page: what it found, its timeline, its claims, and the transaction that went wrong, if one did. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../verdict.ts';
import type { Exhibit } from './exhibit.ts';
import { fieldOf } from './field.ts';
import { figures } from './finding.ts';
import { figure, html, link, paragraph, section, table } from './html.ts';
import { percentiles } from './percentiles.ts';
import { standalone } from './picture.ts';
import { spaceTime } from './space-time.ts';
import { nodesOf, spaceTimeText } from './space-time-text.ts';
import { element, escaped } from './svg.ts';
import { timeline } from './timeline.ts';
import { verdictCell } from './verdict-cell.ts';

/** Writes `index.html`, `timeline.svg`, and `space-time.svg` where a transaction went wrong, into the run's folder. */
export function writeRunPage(folder: string, exhibit: Exhibit, evidence: Evidence): void {
  const course = timeline(exhibit.judgement, evidence);
  writeFileSync(join(folder, 'timeline.svg'), standalone(course));
  const { convicted } = exhibit;
  if (convicted !== undefined)
    writeFileSync(join(folder, 'space-time.svg'), standalone(spaceTime(convicted.rows, convicted, exhibit.contestant)));
  const body = [
    element('h1', {}, escaped(course.title)),
    paragraph(figures(exhibit.judgement)),
    element('p', { class: 'quiet' }, `${escaped(exhibit.ordeal)}, seed ${exhibit.scenario.seed}. ${filesOf(folder)}`),
    section(
      'The run',
      figure(course, 'All of it against one axis of time: nodes, transactions, and what got done in time.'),
    ),
    section('Claims', claimsTable(exhibit)),
    section(
      'How long callers waited',
      figure(percentiles(fieldOf([exhibit])), 'By percentile. Whoever got no answer waited at least so long.'),
    ),
    convicted === undefined ? '' : section('The transaction that went wrong', convictedFigure(exhibit)),
  ];
  writeFileSync(join(folder, 'index.html'), html(course.title, body.join('')));
}

/** Empty for a run in which nothing went wrong. */
export function convictedFigure({ convicted, contestant }: Exhibit): string {
  if (convicted === undefined) return '';
  const picture = spaceTime(convicted.rows, convicted, contestant);
  const nodes = nodesOf(convicted.rows);
  const text = spaceTimeText(convicted.rows, nodes, convicted.rows[0]?.at ?? 0);
  return figure(
    picture,
    `${picture.title}. As its client and the servers’ ledgers tell it; time runs downwards, and is no scale.`,
    element('pre', { tabindex: '0' }, escaped(text)),
  );
}

function claimsTable({ row }: Exhibit): string {
  const titles = ['claim', 'kept', 'observed'].map((title) => ({ html: title }));
  const rows = row.claims.map(({ claim, kept, observed }) => [
    { html: escaped(claim) },
    { html: row.conclusive ? (kept ? 'kept' : '<span class="wrong">broken</span>') : 'not tested' },
    { html: escaped(observed ?? '') },
  ]);
  return paragraphOf(row) + table('What the pattern says of itself, and what was seen', titles, rows);
}

function paragraphOf(row: Exhibit['row']): string {
  const doubts = row.conclusive ? '' : `: ${escaped(row.doubts.join('; '))}`;
  return element('p', {}, `Verdict: ${verdictCell(row)}${doubts}`);
}

function filesOf(folder: string): string {
  const files = ['scenario.json', 'summary.json', 'history.jsonl', 'ledgers', 'timeline.svg', 'space-time.svg'];
  const there = files.filter((file) => existsSync(join(folder, file)));
  return `Files: ${there.map((file) => link(file === 'ledgers' ? 'ledgers/' : file, file)).join(', ')}.`;
}

/** The comparison in 120 columns, so coloured that the eye finds what matters. */
import { styleText } from 'node:util';
import { figure, noFigure, type Row } from './row.ts';
import { counted, lies, listed, milliseconds, percent, subject } from './words.ts';

type Style = Parameters<typeof styleText>[0];
/** Paints, or leaves text as it is. */
type Paint = (style: Style, text: string) => string;

interface Column {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** Painted so where there is any. */
  readonly alarm?: Style;
}

const columns: readonly Column[] = [
  { title: 'due', cell: ({ due }) => count(due) },
  { title: 'committed', cell: ({ committed }) => count(committed) },
  { title: 'unknown', cell: ({ unknown }) => count(unknown) },
  { title: 'refused', cell: ({ refused }) => count(refused) },
  { title: 'delayed', cell: ({ delayed }) => count(delayed) },
  { title: 'dupl.', cell: ({ duplicated }) => count(duplicated), alarm: 'yellow' },
  { title: 'late', cell: ({ lateExecutions }) => count(lateExecutions), alarm: 'yellow' },
  { title: 'lost', cell: ({ lost }) => count(lost), alarm: 'yellow' },
  { title: 'in time', cell: ({ outageShare }) => figure(outageShare, percent) },
  { title: 'failover', cell: ({ failoverMs }) => figure(failoverMs, milliseconds) },
  { title: 'blackout', cell: ({ blackoutMs }) => figure(blackoutMs, milliseconds) },
  { title: 'worst', cell: ({ worstMs }) => milliseconds(worstMs) },
];

const zero = '·';

/** Grouped by fault; under it whatever was broken or could not be tested, and how many claims were kept. */
export function terminalTable(rows: readonly Row[], colour: boolean): string {
  // Whoever asks for colour has looked at the stream; styleText must not look again.
  const paint: Paint = colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
  const names = Math.max(8, ...rows.map((row) => nameOf(row).length));
  const widths = columns.map(({ title, cell }) => Math.max(title.length, ...rows.map((row) => cell(row).length)));
  const groups = grouped(rows).map(([fault, members]) => {
    const heading = fault === 'none' ? 'no fault' : fault;
    return [
      paint(['bold'], heading.padEnd(names + 2)) + titles(widths, paint),
      ...members.map((row) => rowLine(row, names, widths, paint)),
    ].join('\n');
  });
  return [...groups, notes(rows, paint)].join('\n\n');
}

function titles(widths: readonly number[], paint: Paint): string {
  return columns.map(({ title }, index) => ` ${paint('dim', title.padStart(widths[index]!))}`).join('');
}

function rowLine(row: Row, names: number, widths: readonly number[], paint: Paint): string {
  const cells = columns.map(({ cell, alarm }, index) => {
    const text = cell(row);
    const padded = text.padStart(widths[index]!);
    if (text === zero || text === noFigure) return ` ${paint('dim', padded)}`;
    return ` ${alarm === undefined ? padded : paint(alarm, padded)}`;
  });
  return `${mark(row, paint)} ${nameOf(row).padEnd(names)}${cells.join('')}`;
}

/** ✗ for lies and broken claims, ? for what could not be tested: each explained by a line under the table. */
function mark(row: Row, paint: Paint): string {
  if (!row.honest) return paint('red', '✗');
  if (!row.conclusive) return paint('yellow', '?');
  return row.claims.every(({ kept }) => kept) ? paint('green', '✓') : paint('red', '✗');
}

function notes(rows: readonly Row[], paint: Paint): string {
  const lines: string[] = [];
  for (const row of rows) {
    const where = `${nameOf(row)}, ${row.fault === 'none' ? 'no fault' : row.fault}`;
    if (!row.honest) lines.push(paint('red', `✗ ${where}: LIES: ${listed(lies(row))}`));
    if (!row.conclusive) {
      lines.push(paint('yellow', `? ${where}: INCONCLUSIVE: ${row.doubts?.join('; ') || 'no reason given'}`));
      continue;
    }
    for (const { claim, kept, observed } of row.claims) {
      if (!kept) lines.push(paint('red', `✗ ${where}: ${claim}${observed === undefined ? '' : ` (${observed})`}`));
    }
  }
  return [...lines, tally(rows, paint)].join('\n');
}

/** A run that tested nothing neither keeps nor breaks a claim. */
function tally(rows: readonly Row[], paint: Paint): string {
  const tested = rows.filter(({ conclusive }) => conclusive).flatMap(({ claims }) => claims);
  const untested = rows.filter(({ conclusive }) => !conclusive).flatMap(({ claims }) => claims).length;
  const kept = tested.filter((claim) => claim.kept).length;
  const words = `${kept} of ${counted(tested.length, 'claim')} kept`;
  const all = kept === tested.length && tested.length > 0;
  return (
    paint(all ? 'green' : 'bold', words) +
    (untested === 0 ? '' : paint('yellow', `; ${untested} not tested, for their runs are inconclusive`))
  );
}

function grouped(rows: readonly Row[]): [fault: string, rows: Row[]][] {
  const groups = new Map<string, Row[]>([
    ['none', []],
    ['kill', []],
    ['pause', []],
  ]);
  for (const row of rows) groups.set(row.fault, [...(groups.get(row.fault) ?? []), row]);
  return [...groups].filter(([, members]) => members.length > 0);
}

function nameOf({ pattern, variant }: Row): string {
  return subject(pattern, variant);
}

function count(value: number): string {
  return value === 0 ? zero : String(value);
}

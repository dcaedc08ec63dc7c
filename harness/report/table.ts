/** The comparison as a table: in Markdown for pages, in columns for the terminal. */
import { markdownTable as markdown } from 'markdown-table';
import { figure, type Row } from './row.ts';
import { lies, listed, milliseconds, percent, subject } from './words.ts';

export type { Row } from './row.ts';
export { terminalTable } from './terminal-table.ts';

interface Column {
  readonly title: string;
  readonly cell: (row: Row) => string;
}

const columns: readonly Column[] = [
  { title: 'pattern', cell: ({ pattern, variant }) => subject(pattern, variant) },
  { title: 'fault', cell: ({ fault }) => fault },
  { title: 'due', cell: ({ due }) => String(due) },
  { title: 'committed', cell: ({ committed }) => String(committed) },
  { title: 'unknown', cell: ({ unknown }) => String(unknown) },
  { title: 'refused', cell: ({ refused }) => String(refused) },
  { title: 'delayed', cell: ({ delayed }) => String(delayed) },
  { title: 'duplicated', cell: ({ duplicated }) => String(duplicated) },
  { title: 'late', cell: ({ lateExecutions }) => String(lateExecutions) },
  { title: 'lost', cell: ({ lost }) => String(lost) },
  { title: 'in time during outage', cell: ({ outageShare }) => figure(outageShare, percent) },
  { title: 'failover', cell: ({ failoverMs }) => figure(failoverMs, milliseconds) },
  { title: 'blackout', cell: ({ blackoutMs }) => figure(blackoutMs, milliseconds) },
  { title: 'worst', cell: ({ worstMs }) => milliseconds(worstMs) },
  { title: 'verdict', cell: verdictWord },
];

const worded = new Set(['pattern', 'fault', 'verdict']);

export function markdownTable(rows: readonly Row[]): string {
  const { titles, align, body } = cellsOf(rows);
  return markdown([titles, ...body.map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))], { align });
}

/** The same for whatever draws tables otherwise. Words stand on the left (`l`), figures on the right (`r`). */
export function cellsOf(rows: readonly Row[]): { titles: string[]; align: ('l' | 'r')[]; body: string[][] } {
  const titles = columns.map(({ title }) => title);
  return {
    titles,
    align: titles.map((title) => (worded.has(title) ? 'l' : 'r')),
    body: rows.map((row) => columns.map(({ cell }) => cell(row))),
  };
}

/** A lie is a lie, whatever else was wrong with the run. */
function verdictWord(row: Row): string {
  if (!row.honest) return `LIES: ${listed(lies(row))}`;
  return row.conclusive ? 'honest' : 'INCONCLUSIVE';
}

/** A run's verdict in a word, as markup: what is wrong stands out, and says so in words too. */
import type { Row } from './row.ts';
import { escaped } from './svg.ts';
import { lies, listed } from './words.ts';

export function verdictCell(row: Row): string {
  if (!row.honest) return `<span class="wrong">LIES: ${escaped(listed(lies(row)))}</span>`;
  if (!row.conclusive) return '<span class="doubtful">INCONCLUSIVE</span>';
  const broken = row.claims.filter(({ kept }) => !kept).length;
  if (broken === 0) return '<span class="well">honest</span>';
  return `<span class="wrong">honest, ${broken === 1 ? 'a claim' : `${broken} claims`} broken</span>`;
}

/** A space-time diagram as text: a column for each node, time downwards, a row for each thing that happened. */

export interface Happening {
  /** Microseconds. */
  readonly at: number;
  readonly node: string;
  /** Where it came from, for a message. */
  readonly from?: string;
  /** Where it went, for a message whose coming nobody wrote down. */
  readonly to?: string;
  /** When it left there, where that is known. */
  readonly sentAt?: number;
  readonly text: string;
}

/** Times are from `began`, in milliseconds. The first of the nodes stands on the left. */
export function spaceTimeText(rows: readonly Happening[], nodes: readonly string[], began: number): string {
  const header = `${'ms'.padStart(timeWidth)}  ${nodes.map((node) => node.padEnd(columnWidth)).join('')}`;
  const lines = rows.map((row) => lineOf(row, nodes, began));
  return [header, ...lines].map((line) => line.trimEnd()).join('\n');
}

/** Those that happenings happened at, or came from: the client first. */
export function nodesOf(rows: readonly Happening[]): string[] {
  const nodes = new Set(rows.flatMap(({ node, from = node, to = node }) => [node, from, to]));
  return ['client', ...[...nodes].filter((node) => node !== 'client').sort(inOrder)];
}

function inOrder(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function lineOf({ at, node, from, text }: Happening, nodes: readonly string[], began: number): string {
  const to = nodes.indexOf(node);
  const source = from === undefined ? to : nodes.indexOf(from);
  const cells = nodes.map((_, column) => {
    if (column === to) return source < to ? `─▶ ${text}` : source > to ? `◀─ ${text}` : text;
    const isBetween = column >= Math.min(source, to) && column <= Math.max(source, to);
    return isBetween ? '─'.repeat(columnWidth) : '';
  });
  // An arrow that comes from the right begins where its text ends.
  const line = cells.map((cell, column) =>
    column === to && source > to ? `${cell} `.padEnd(columnWidth, '─') : cell.padEnd(columnWidth),
  );
  return `${((at - began) / 1000).toFixed(1).padStart(timeWidth)}  ${line.join('')}`;
}

const columnWidth = 26;
const timeWidth = 9;

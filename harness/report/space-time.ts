/** A space-time diagram as a picture: a line for each node, time downwards, a row for each thing that happened. */
import type { Conviction } from './conviction.ts';
import { flowed, type Mark } from './flow.ts';
import type { Picture } from './picture.ts';
import { type Happening, nodesOf } from './space-time-text.ts';
import { element, escaped, fixed, label, line } from './svg.ts';

/** `name` is whom the transaction was asked of. Rows are equally far apart, whatever the time between them: it stands beside. */
export function spaceTime(rows: readonly Happening[], { transaction, words }: Conviction, name: string): Picture {
  const nodes = nodesOf(rows);
  const column = Math.max((leastWidth - left) / nodes.length, leastColumn);
  const x = (node: string) => left + nodes.indexOf(node) * column + 12;
  const y = (index: number) => top + index * pitch;
  const began = rows.find(({ text }) => text.startsWith('transact'))?.at ?? rows[0]?.at ?? 0;
  const bottom = y(rows.length - 1) + 14;
  const width = left + nodes.length * column;
  const legend = flowed(marksOf(rows), 24, bottom + 26, width - 24);
  const arrows = rows.map((row, index) => arrow(rows, row, index, x, y));
  const texts = rows.map(({ at, node, text }, index) =>
    [
      label(timesEnd, y(index) + 4, `${((at - began) / 1000).toFixed(1)} ms`, 'quiet', 'end'),
      element('circle', { cx: x(node), cy: y(index), r: 3, class: 'event' }),
      // The client stands on the left, so that nothing passes behind what it does.
      node === 'client' ? label(x(node) - 9, y(index) + 4, text, '', 'end') : haloed(x(node) + 9, y(index) + 4, text),
    ].join(''),
  );
  return {
    title: `${name}: transaction ${transaction.n + 1} ${words}`,
    description: rows.map(({ at, node, text }) => `${((at - began) / 1000).toFixed(1)} ms ${node}: ${text}.`).join(' '),
    width,
    height: legend.bottom + 10,
    body: [
      ...nodes.map((node) => label(x(node), 22, node, 'strong', 'middle') + lives(rows, node, x(node), y, bottom)),
      ...arrows,
      ...texts,
      legend.body,
    ].join(''),
  };
}

/** A node's line, in the colour of what it was at the time, where that is known. */
function lives(
  rows: readonly Happening[],
  node: string,
  x: number,
  y: (index: number) => number,
  bottom: number,
): string {
  const parts: string[] = [];
  let [from, look] = [32, 'alive'];
  for (const [index, row] of rows.entries()) {
    const next = row.node === node ? looks[row.text] : undefined;
    if (next === undefined) continue;
    parts.push(line(x, from, x, y(index), look));
    [from, look] = [y(index), next];
  }
  return parts.join('') + line(x, from, x, bottom, look);
}

/** From the moment it was sent, or level where that is not known. */
function arrow(
  rows: readonly Happening[],
  { node, from, sentAt }: Happening,
  index: number,
  x: (node: string) => number,
  y: (index: number) => number,
): string {
  if (from === undefined || from === node) return '';
  const sent = rows.findLastIndex((row) => row.node === from && row.at === sentAt);
  const [x1, y1, x2, y2] = [x(from), y(sent === -1 ? index : sent), x(node), y(index)];
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [tx, ty] = [x2 - 4 * dx, y2 - 4 * dy];
  const head = [-1, 1].map((side) => `${fixed(tx - 9 * dx - side * 4 * dy)} ${fixed(ty - 9 * dy + side * 4 * dx)}`);
  const d = `M${fixed(x1)} ${fixed(y1)}L${fixed(tx)} ${fixed(ty)}M${head[0]}L${fixed(tx)} ${fixed(ty)}L${head[1]}`;
  return element('path', { d, class: sent === -1 ? 'message unsure' : 'message' });
}

/** Words that can be read where a line passes behind them. */
function haloed(x: number, y: number, words: string): string {
  return element('text', { x, y, class: 'halo' }, escaped(words));
}

/** What is in the picture alone. */
function marksOf(rows: readonly Happening[]): Mark[] {
  const has = (text: string) => rows.some((row) => row.text === text);
  const hasArrow = (isSure: boolean) =>
    rows.some((row) => row.from !== undefined && (row.sentAt !== undefined) === isSure);
  const stroke = (look: string) => (x: number, y: number) => line(x, y, x + 14, y, look);
  const all: [isShown: boolean, words: string, look: string][] = [
    [true, 'up', 'alive'],
    [has('DEAD'), 'dead', 'gone'],
    [has('PAUSED'), 'paused', 'frozen'],
    [hasArrow(true), 'a message, from when it left', 'message'],
    [hasArrow(false), 'a message; nobody wrote down when it left', 'message unsure'],
  ];
  return all.filter(([isShown]) => isShown).map(([, words, look]) => ({ words, mark: stroke(look) }));
}

const looks: Readonly<Record<string, string>> = { UP: 'alive', DEAD: 'gone', PAUSED: 'frozen' };
const leastWidth = 1200;
const leastColumn = 216;
const timesEnd = 84;
const left = 300;
const top = 48;
const pitch = 22;

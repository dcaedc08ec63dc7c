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

/** From the moment it was sent until it came; level where either is not known. */
function arrow(
  rows: readonly Happening[],
  { node, from, to, sentAt }: Happening,
  index: number,
  x: (node: string) => number,
  y: (index: number) => number,
): string {
  if (to !== undefined) return drawnArrow(x(node), y(index), x(to), y(index), 'message unsure');
  if (from === undefined || from === node) return '';
  const sent = rows.findLastIndex((row) => row.node === from && row.at === sentAt);
  if (sent === -1) return drawnArrow(x(from), y(index), x(node), y(index), 'message unsure');
  return drawnArrow(x(from), y(sent), x(node), y(index), 'message');
}

function drawnArrow(x1: number, y1: number, x2: number, y2: number, look: string): string {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [tx, ty] = [x2 - 4 * dx, y2 - 4 * dy];
  const head = [-1, 1].map((side) => `${fixed(tx - 9 * dx - side * 4 * dy)} ${fixed(ty - 9 * dy + side * 4 * dx)}`);
  const d = `M${fixed(x1)} ${fixed(y1)}L${fixed(tx)} ${fixed(ty)}M${head[0]}L${fixed(tx)} ${fixed(ty)}L${head[1]}`;
  return element('path', { d, class: look });
}

/** Words that can be read where a line passes behind them. */
function haloed(x: number, y: number, words: string): string {
  return element('text', { x, y, class: 'halo' }, escaped(words));
}

/** What is in the picture alone. */
function marksOf(rows: readonly Happening[]): Mark[] {
  const has = (text: string) => rows.some((row) => row.text === text);
  const hasArrow = (isSure: boolean) =>
    rows.some(
      ({ from, to, sentAt }) => (isSure ? sentAt : (to ?? (sentAt === undefined ? from : undefined))) !== undefined,
    );
  const stroke = (look: string) => (x: number, y: number) => line(x, y, x + 14, y, look);
  const all: [isShown: boolean, words: string, look: string][] = [
    [true, 'up', 'alive'],
    [has('DEAD'), 'dead', 'gone'],
    [has('PAUSED'), 'paused', 'frozen'],
    [hasArrow(true), 'a message, from when it left until it came', 'message'],
    [hasArrow(false), 'a message of which nobody wrote down when it left, or when it came', 'message unsure'],
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

/** Small multiples: a panel for each place of a field, under the name of its column and beside that of its row. */
import type { Exhibit } from './exhibit.ts';
import type { Field } from './field.ts';
import { label, line, widthOf, wrapped } from './svg.ts';

/** Where a panel stands. Above `top` there is room for words, below `bottom` for the axis. */
export interface Panel {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** It is the first of its row that has runs, so that the row's scale stands beside it. */
  readonly isFirst: boolean;
}

export interface Panels {
  readonly width: number;
  readonly height: number;
  readonly body: string;
}

/** Draws what `draw` makes of each place, below so many lines of words; a place without runs says why. */
export function panels(
  field: Field,
  panelHeight: number,
  lines: number,
  draw: (runs: readonly Exhibit[], panel: Panel) => string,
): Panels {
  const { ordeals, contestants } = field;
  const margin = Math.max(90, ...ordeals.map((ordeal) => widthOf(ordeal, 13, true))) + scale + 24;
  const wide = Math.max((leastWidth - margin) / contestants.length, leastPanel);
  const words = lines * lineHeight + 4;
  const high = words + panelHeight + axisRoom + gap;
  const parts = contestants.map((contestant, column) => heading(contestant, margin + column * wide));
  for (const [row, ordeal] of ordeals.entries()) {
    const first = contestants.findIndex((one) => field.at(ordeal, one).length > 0);
    const top = header + row * high + words;
    parts.push(label(margin - scale, top + panelHeight / 2 + 4, ordeal, 'strong', 'end'));
    for (const [column, contestant] of contestants.entries()) {
      const left = margin + column * wide;
      const panel = { left, right: left + wide - between, top, bottom: top + panelHeight, isFirst: column === first };
      const runs = field.at(ordeal, contestant);
      parts.push(runs.length === 0 ? absent(panel, field.whyNot(ordeal, contestant)) : draw(runs, panel));
    }
  }
  return { width: margin + wide * contestants.length, height: header + ordeals.length * high, body: parts.join('') };
}

/** A pattern, and below it its variant. */
function heading(contestant: string, left: number): string {
  const [pattern = '', variant = ''] = contestant.split('/');
  return label(left, 20, pattern, 'strong') + (variant === '' ? '' : label(left, 36, variant, 'quiet'));
}

function absent({ left, right, top, bottom }: Panel, why: string): string {
  const middle = (top + bottom) / 2;
  const lines = wrapped(why, right - left, 12);
  const first = middle + 4 - (lines.length - 1) * 8;
  return [
    line(left, bottom, right, bottom, 'grid'),
    ...lines.map((words, index) => label((left + right) / 2, first + index * 16, words, 'quiet', 'middle')),
  ].join('');
}

const leastWidth = 1200;
const leastPanel = 168;
const header = 46;
/** Of words above a panel. */
export const lineHeight = 16;
const axisRoom = 18;
const gap = 12;
/** Room left of the first panel for what is written on its scale. */
const scale = 56;
/** Between panels of a row, so that the words at two axes' ends do not meet. */
const between = 30;

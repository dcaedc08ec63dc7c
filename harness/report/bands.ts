/** Fault bands behind all rows, their labels above them, and the bracket that measures the failover. */
import type { FaultSpan } from '../verdict.ts';
import { type Frame, failoverSpan, faultLabel, left, right, type Section } from './frame.ts';
import { box, element, fixed, label, line, widthOf } from './svg.ts';
import { milliseconds } from './words.ts';

const labelPitch = 17;

interface Placed {
  readonly span: FaultSpan;
  readonly from: number;
  readonly until: number;
  readonly row: number;
  readonly anchor: 'start' | 'end';
}

export interface Bands {
  /** The row in which the labels stand. */
  readonly labels: Section;
  /** The bands themselves, from their labels down to `bottom`. */
  behind(top: number, bottom: number): string;
}

export function bands(frame: Frame): Bands {
  const placed = placedLabels(frame);
  const rows = placed.reduce((most, { row }) => Math.max(most, row + 1), 0);
  return {
    labels: {
      height: rows === 0 ? 0 : rows * labelPitch + 5,
      draw: (top) => placed.map((one) => drawnLabel(one, top)).join(''),
    },
    behind: (top, bottom) => placed.map((one) => drawnBand(one, top, bottom)).join(''),
  };
}

/** Each label starts at its band's left edge; where the picture ends too soon it ends at the band's right edge. */
function placedLabels(frame: Frame): Placed[] {
  const taken: [from: number, until: number][][] = [];
  return [...frame.judgement.faults]
    .sort((a, b) => a.fromMs - b.fromMs || a.untilMs - b.untilMs)
    .map((span) => {
      const from = frame.x(span.fromMs);
      const until = Math.max(frame.x(Math.min(span.untilMs, frame.endMs)), from + 2);
      const words = widthOf(faultLabel(span), 12, true) + 8;
      const anchor = from + words <= right + 100 ? 'start' : 'end';
      const text: [number, number] = anchor === 'start' ? [from, from + words] : [until - words, until];
      let row = taken.findIndex((others) => others.every(([start, end]) => text[1] <= start || end <= text[0]));
      if (row === -1) row = taken.push([]) - 1;
      taken[row]!.push(text);
      return { span, from, until, row, anchor };
    });
}

function drawnLabel({ span, from, until, row, anchor }: Placed, top: number): string {
  const x = anchor === 'start' ? from + 5 : until - 5;
  return label(x, top + row * labelPitch + 13, faultLabel(span), `strong ${kindOf(span)}-ink`, anchor);
}

function drawnBand({ span, from, until, row, anchor }: Placed, top: number, bottom: number): string {
  const from0 = top + row * labelPitch;
  const edge = anchor === 'start' ? from : until;
  return (
    box(from, from0, until - from, bottom - from0, `${kindOf(span)}-band`) +
    line(edge, from0, edge, bottom, `${kindOf(span)}-edge`)
  );
}

/** By which of the style's three colours a fault is shown. */
export function kindOf({ fault }: FaultSpan): 'kill' | 'pause' | 'other' {
  return fault === 'kill' || fault === 'pause' ? fault : 'other';
}

/** A bracket as long as the failover took, with its figure. No row at all where there was none. */
export function bracket(frame: Frame): Section {
  const span = failoverSpan(frame.judgement);
  if (span === undefined) return { height: 0, draw: () => '' };
  const [from, until] = [frame.x(span.fromMs), frame.x(span.untilMs)];
  const words = `failover ${milliseconds(span.untilMs - span.fromMs)}`;
  const after = until + widthOf(words, 12, true) + 8 <= right + 100;
  const before = from - widthOf(words, 12, true) - 8 >= left;
  const draw = (top: number) => {
    const y = top + 9;
    const d = `M${fixed(from)} ${fixed(y - 5)}v10M${fixed(from)} ${fixed(y)}H${fixed(until)}M${fixed(until)} ${fixed(y - 5)}v10`;
    const inside = label((from + until) / 2, y + 16, words, 'strong', 'middle');
    const beside = after ? label(until + 6, y + 4, words, 'strong') : label(from - 6, y + 4, words, 'strong', 'end');
    return element('path', { d, class: 'bracket' }) + (after || before ? beside : inside);
  };
  return { height: after || before ? 20 : 34, draw };
}

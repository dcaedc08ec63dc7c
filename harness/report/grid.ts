/** The whole field in one image: for each ordeal and contestant, how much of what was due got done in time, against time. */
import { scaleLinear } from 'd3-scale';
import type { FaultSpan } from '../verdict.ts';
import { kindOf } from './bands.ts';
import type { Exhibit } from './exhibit.ts';
import type { Field } from './field.ts';
import { flowed, type Mark } from './flow.ts';
import { type Harm, harmsOf } from './harms.ts';
import { type Panel, panels } from './panels.ts';
import type { Picture } from './picture.ts';
import { bins, isInTime } from './share.ts';
import { box, element, fixed, label, line, widthOf } from './svg.ts';
import { counted, milliseconds, percent } from './words.ts';

const panelHeight = 54;
const binsAcross = 50;

/** An SVG of the share committed in time, faults marked. Of several runs it shows their median, and the worst as a line. */
export function grid(field: Field): Picture {
  const { width, height, body } = panels(field, panelHeight, 1, drawPanel);
  const marks = flowed(legend(all(field)), 24, height + 20, width - 24);
  return {
    title: 'Share of the transactions due that were committed in time, against the time they were due',
    description: descriptionOf(field),
    width,
    height: marks.bottom + 10,
    body: body + marks.body,
  };
}

function drawPanel(runs: readonly Exhibit[], panel: Panel): string {
  const { left, right, top, bottom } = panel;
  const endMs = Math.max(...runs.map(({ scenario }) => scenario.load.durationMs));
  const x = scaleLinear().domain([0, endMs]).range([left, right]).clamp(true);
  const y = (share: number) => bottom - (bottom - top) * share;
  const shares = sharesOf(runs, endMs);
  const area = (look: string, from: (one: Share) => number, until: (one: Share) => number) => {
    const d = shares
      .filter((one) => from(one) < until(one))
      .map((one) => {
        const [a, b] = [fixed(x(one.fromMs)), fixed(x(one.untilMs))];
        return `M${a} ${fixed(y(from(one)))}V${fixed(y(until(one)))}H${b}V${fixed(y(from(one)))}z`;
      });
    return d.length === 0 ? '' : element('path', { d: d.join(''), class: look });
  };
  return [
    area('in-time', nothing, middle),
    area('not-in-time', middle, everything),
    runs.length > 1 ? worstLine(shares, x, y) : '',
    ...runs.flatMap((run) => run.judgement.faults.map((span) => band(span, x, panel, runs.length))),
    line(left, bottom, right, bottom, 'axis'),
    label(left, bottom + 14, '0', 'quiet', 'middle'),
    label(right, bottom + 14, milliseconds(endMs), 'quiet', 'middle'),
    caption(runs, panel),
  ].join('');
}

interface Share {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly median: number;
  readonly least: number;
}

const nothing = () => 0;
const everything = () => 1;
const middle = ({ median }: Share) => median;

function sharesOf(runs: readonly Exhibit[], endMs: number): Share[] {
  const size = Math.max(100, Math.ceil(endMs / binsAcross / 100) * 100);
  const byStart = new Map<number, { untilMs: number; shares: number[] }>();
  for (const { judgement } of runs) {
    for (const { fromMs, untilMs, due, inTime } of bins(judgement.transactions, endMs, size)) {
      const bin = byStart.get(fromMs) ?? { untilMs, shares: [] };
      bin.shares.push(inTime / due);
      byStart.set(fromMs, bin);
    }
  }
  return [...byStart]
    .sort(([a], [b]) => a - b)
    .map(([fromMs, { untilMs, shares }]) => {
      const sorted = shares.sort((a, b) => a - b);
      // Of an even number the lower: a share that some run did reach.
      return { fromMs, untilMs, median: sorted[(sorted.length - 1) >> 1]!, least: sorted[0]! };
    });
}

function worstLine(shares: readonly Share[], x: (ms: number) => number, y: (share: number) => number): string {
  const d = shares.map(
    ({ fromMs, untilMs, least }, index) =>
      `${index === 0 ? 'M' : 'L'}${fixed(x(fromMs))} ${fixed(y(least))}H${fixed(x(untilMs))}`,
  );
  return element('path', { d: d.join(''), class: 'worst' });
}

/** The bands of several runs lie over each other: where all had the fault it is as dark as that of one run. */
function band(span: FaultSpan, x: (ms: number) => number, { top, bottom }: Panel, runs: number): string {
  const from = x(span.fromMs);
  const until = Math.max(x(span.untilMs), from + 1);
  const kind = kindOf(span);
  const attributes = { x: from, y: bottom, width: until - from, height: 4, class: `${kind}-mark` };
  return (
    element('rect', { ...attributes, 'fill-opacity': String(Math.max(0.15, Math.round(100 / runs) / 100)) }) +
    (runs === 1 ? line(from, top, from, bottom, `${kind}-edge`) : '')
  );
}

/** How much was in time, and as many of the harms, the worst first, as there is room for. */
function caption(runs: readonly Exhibit[], { left, right, top }: Panel): string {
  const said = percent(shareInTime(runs));
  let room = right - left - widthOf(said, 12, true) - 12;
  const shown: { harm: Harm; words: string }[] = [];
  for (const harm of harmsOf(runs)) {
    const words = `${harm.count} ${harm.name}`;
    if (widthOf(words) + 10 > room) break;
    room -= widthOf(words) + 10;
    shown.push({ harm, words });
  }
  let x = right;
  const drawn = shown.reverse().map(({ harm, words }) => {
    const at = x;
    x -= widthOf(words) + 10;
    return label(at, top - 6, words, `${harm.look}-ink`, 'end');
  });
  return label(left, top - 6, said, 'strong') + drawn.join('');
}

function shareInTime(runs: readonly Exhibit[]): number {
  const judged = runs.flatMap(({ judgement }) => judgement.transactions);
  return judged.length === 0 ? 1 : judged.filter(isInTime).length / judged.length;
}

function all({ ordeals, contestants, at }: Field): Exhibit[] {
  return ordeals.flatMap((ordeal) => contestants.flatMap((contestant) => at(ordeal, contestant)));
}

/** What was seen in the picture alone. */
function legend(runs: readonly Exhibit[]): Mark[] {
  const limits = [...new Set(runs.map(({ scenario }) => scenario.delayedMs))].sort((a, b) => a - b);
  const isSeveral = runs.some((one, index) => runs.findIndex((other) => same(one, other)) < index);
  const kinds = new Set(runs.flatMap(({ judgement }) => judgement.faults.map(kindOf)));
  const square = (look: string) => (x: number, y: number) => box(x, y - 5, 11, 10, look);
  return [
    { words: `committed within ${limits.map(milliseconds).join(' or ')} of being due`, mark: square('in-time') },
    { words: 'later, or not at all', mark: square('not-in-time') },
    ...(isSeveral
      ? [
          { words: 'the areas are the median of several runs', mark: () => '' },
          { words: 'the worst of them', mark: (x: number, y: number) => line(x, y, x + 12, y, 'worst') },
        ]
      : []),
    ...(['kill', 'pause', 'other'] as const)
      .filter((kind) => kinds.has(kind))
      .map((kind) => ({ words: faultWords[kind], mark: square(`${kind}-mark`) })),
  ];
}

const faultWords = { kill: 'a kill lasts', pause: 'a pause lasts', other: 'another fault lasts' } as const;

function same(a: Exhibit, b: Exhibit): boolean {
  return a.ordeal === b.ordeal && a.contestant === b.contestant;
}

function descriptionOf(field: Field): string {
  const sentences = field.ordeals.map((ordeal) => {
    const each = field.contestants.flatMap((contestant) => {
      const runs = field.at(ordeal, contestant);
      return runs.length === 0 ? [] : [`${contestant} ${percent(shareInTime(runs))} of ${counted(runs.length, 'run')}`];
    });
    return `${ordeal}: ${each.join(', ')}.`;
  });
  return `Committed in time: ${sentences.join(' ')}`;
}

/** Failovers as dots: one for each fault that hit something, with their median and how sure that is. */
import { type ScaleLogarithmic, scaleLog } from 'd3-scale';
import type { Failover } from '../outages.ts';
import { type Estimate, estimate } from '../statistics.ts';
import type { Field } from './field.ts';
import { flowed } from './flow.ts';
import type { Picture } from './picture.ts';
import { dots, element, fixed, label, line, widthOf } from './svg.ts';
import { milliseconds } from './words.ts';

/** One contestant in one ordeal. Times in milliseconds. */
interface Lane {
  readonly contestant: string;
  readonly took: readonly { readonly ms: number; readonly isCensored: boolean }[];
  readonly estimate: Estimate;
}

/** Undefined where nothing failed over. */
export function failovers(field: Field): Picture | undefined {
  const groups = field.ordeals
    .map((ordeal) => ({ ordeal, lanes: lanesOf(field, ordeal) }))
    .filter(({ lanes }) => lanes.length > 0);
  if (groups.length === 0) return undefined;
  const lanes = groups.flatMap((group) => group.lanes);
  const left = 24 + Math.max(...lanes.map(({ contestant }) => widthOf(contestant))) + 16;
  const right = width - 24 - Math.max(...lanes.map((lane) => widthOf(figuresOf(lane), 12, true)));
  const x = timeScale(lanes, left, right);
  const parts: string[] = [];
  let y = 8;
  for (const { ordeal, lanes } of groups) {
    parts.push(label(24, y + 16, ordeal, 'strong'));
    const top = y + 26;
    y = top + lanes.length * pitch;
    parts.push(ticks(x, top - 4, y));
    for (const [index, lane] of lanes.entries()) parts.push(drawLane(lane, x, top + (index + 0.5) * pitch));
    parts.push(axis(x, y));
    y += 34;
  }
  const legend = flowed(marks, 24, y + 12, width - 24);
  return {
    title: 'How long each failover took, from the fault until the last transaction it hit was settled',
    description: groups.map(({ ordeal, lanes }) => `${ordeal}: ${lanes.map(sentenceOf).join('; ')}.`).join(' '),
    width,
    height: legend.bottom + 10,
    body: parts.join('') + legend.body,
  };
}

function lanesOf({ contestants, at }: Field, ordeal: string): Lane[] {
  return contestants.flatMap((contestant) => {
    const took = at(ordeal, contestant)
      .flatMap(({ judgement }) => judgement.failovers)
      .map(({ micros, isCensored }: Failover) => ({ ms: micros / 1000, isCensored }));
    if (took.length === 0) return [];
    return [
      {
        contestant,
        took,
        estimate: estimate(
          took.map(({ ms }) => ms),
          seed,
        ),
      },
    ];
  });
}

/** Whole decades, so that every tick is a power of ten. */
function timeScale(lanes: readonly Lane[], left: number, right: number): ScaleLogarithmic<number, number> {
  const all = lanes.flatMap(({ took }) => took.map(({ ms }) => ms));
  const least = Math.max(
    all.reduce((a, b) => Math.min(a, b)),
    0.1,
  );
  const most = all.reduce((a, b) => Math.max(a, b), least * 2);
  return scaleLog()
    .domain([10 ** Math.floor(Math.log10(least)), 10 ** Math.ceil(Math.log10(most))])
    .range([left, right - 30])
    .clamp(true);
}

function decades(x: ScaleLogarithmic<number, number>): number[] {
  const [low, high] = x.domain().map((end) => Math.round(Math.log10(end))) as [number, number];
  return Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
}

function ticks(x: ScaleLogarithmic<number, number>, top: number, bottom: number): string {
  return x
    .ticks()
    .map((ms) => line(x(ms), top, x(ms), bottom, Number.isInteger(Math.log10(ms)) ? 'decade' : 'grid'))
    .join('');
}

function axis(x: ScaleLogarithmic<number, number>, y: number): string {
  const [from, until] = x.range() as [number, number];
  return (
    line(from, y, until, y, 'axis') +
    decades(x)
      .map((ms) => line(x(ms), y, x(ms), y + 5, 'axis') + label(x(ms), y + 19, milliseconds(ms), 'quiet', 'middle'))
      .join('')
  );
}

function drawLane(lane: Lane, x: ScaleLogarithmic<number, number>, y: number): string {
  const { contestant, took, estimate: own } = lane;
  const place = (index: number) => y - 5 + (took.length === 1 ? 0 : (((index * golden) % 1) - 0.5) * 9);
  const points = (isCensored: boolean) =>
    took.flatMap((one, index) => (one.isCensored === isCensored ? [[x(one.ms), place(index)] as const] : []));
  const [low, high, middle] = [x(own.low), x(own.high), x(own.median)];
  const interval = `M${fixed(low)} ${fixed(y + 5)}v8M${fixed(low)} ${fixed(y + 9)}H${fixed(high)}M${fixed(high)} ${fixed(y + 5)}v8`;
  return [
    label(24, y + 4, contestant, 'quiet'),
    dots(points(false), 'dots first'),
    open(points(true)),
    took.length < 2 ? '' : element('path', { d: interval, class: 'bracket' }),
    element('path', { d: `M${fixed(middle)} ${fixed(y + 3)}v12`, class: 'median' }),
    label(x.range()[1]! + 30, y + 4, figuresOf(lane), 'strong'),
  ].join('');
}

/** A dot that is open to the right: it was to be longer, and nobody knows how long. */
function open(points: readonly (readonly [x: number, y: number])[]): string {
  const d = points.map(([x, y]) => `M${fixed(x - 3)} ${fixed(y - 3.5)}l6 3.5l-6 3.5`).join('');
  return d === '' ? '' : element('path', { d, class: 'open' });
}

const marks = [
  {
    words: 'a failover: from the fault until the last transaction it hit was answered',
    mark: (x: number, y: number) => dots([[x + 5, y]], 'dots first sample'),
  },
  {
    words: 'at least so long: the last one was never answered',
    mark: (x: number, y: number) => open([[x + 5, y]]),
  },
  {
    words: 'median, and its 95 % interval by the bootstrap',
    mark: (x: number, y: number) =>
      element('path', { d: `M${fixed(x + 5)} ${fixed(y - 7)}v14`, class: 'median' }) +
      line(x - 2, y, x + 12, y, 'bracket'),
  },
];

/** `41 ms (35 ms to 60 ms) of 10`; "at least" where the half of them were never over. */
function figuresOf({ took, estimate: { median, low, high } }: Lane): string {
  const isOpen = took.some(({ ms, isCensored }) => isCensored && ms <= median);
  const said = `${isOpen ? '≥ ' : ''}${milliseconds(median)}`;
  return took.length < 2 ? said : `${said} (${milliseconds(low)} to ${milliseconds(high)}) of ${took.length}`;
}

function sentenceOf(lane: Lane): string {
  const { contestant, took } = lane;
  const never = took.filter(({ isCensored }) => isCensored).length;
  const doubt = never === 0 ? '' : `, ${never} with a transaction that was never answered`;
  return `${contestant} ${figuresOf(lane)}${took.length === 1 ? ', 1 failover' : ' failovers'}${doubt}`;
}

const width = 1200;
const pitch = 34;
/** The interval is the same for the same failovers. */
const seed = 1;
/** Spreads dots that would lie on each other, as evenly as can be, whatever their number. */
const golden = 0.618;

/** Curves on two axes, each named where it ends. An SVG, the same to the byte for the same figures. */
import { scaleLinear, scaleLog } from 'd3-scale';
import { box, dots, element, escaped, fixed, label, line } from '../../harness/report/svg.ts';
import { style } from './style.ts';

export interface Chart {
  readonly title: string;
  /** What it shows, for those who can't see it. */
  readonly says: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

export interface Axis {
  readonly label: string;
  readonly scale: 'log' | 'linear';
  /** Where its marks are; powers of ten, by default. */
  readonly ticks?: readonly number[];
  readonly words: (value: number) => string;
}

export interface Series {
  readonly name: string;
  /** A colour: `s0` to `s7`, or `other`. */
  readonly look: string;
  /** Whether it stands behind what the picture is about. */
  readonly isBehind?: boolean;
  readonly isDashed?: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export function chart({ title, says, x, y, series }: Chart): string {
  const points = series.flatMap((each) => each.points);
  if (points.length === 0) throw new RangeError('a chart takes at least one point');
  const across = scaled(x, extent(points.map(([value]) => value)), [left, right]);
  const up = scaled(y, padded(y, extent(points.map(([, value]) => value))), [bottom, top]);
  const ends = series.map((each) => {
    const [endX, endY] = each.points.at(-1)!;
    return { each, x: across.at(endX) + 10, y: up.at(endY) + 4 };
  });
  return picture(
    { title, says, height },
    ticksOf(y, up).map(
      (tick) =>
        line(left, up.at(tick), right, up.at(tick), 'grid') +
        label(left - 8, up.at(tick) + 4, y.words(tick), 'quiet', 'end'),
    ),
    ticksOf(x, across).map(
      (tick) =>
        line(across.at(tick), bottom, across.at(tick), bottom + 5, 'axis') +
        label(across.at(tick), bottom + 20, x.words(tick), 'quiet', 'middle'),
    ),
    [line(left, bottom, right, bottom, 'axis'), label(right, bottom + 40, x.label, 'quiet', 'end')],
    [label(left, top - 14, y.label, 'quiet')],
    [...series]
      .sort((a, b) => Number(b.isBehind ?? false) - Number(a.isBehind ?? false))
      .map((each) => {
        const places = each.points.map(([px, py]) => [across.at(px), up.at(py)] as const);
        return curveOf(places, each) + dots(places, `dots ${each.look}`);
      }),
    apart(ends).map((end) => label(end.x, end.y, end.each.name, `${end.each.look}-ink`)),
  );
}

/** The frame of every picture: its paper, its title, and its words for those who can't see it. */
export function picture(
  { title, says, height: high }: { readonly title: string; readonly says: string; readonly height: number },
  ...parts: readonly (readonly string[])[]
): string {
  const size = { viewBox: `0 0 ${width} ${fixed(high)}`, width, height: high };
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', class: 'chart', ...size, role: 'img' },
    element('title', {}, escaped(title)),
    element('desc', {}, escaped(says)),
    element('style', {}, style),
    box(0, 0, width, high, 'paper'),
    label(left, 28, title, 'title'),
    ...parts.flat(),
  );
}

interface Scaled {
  readonly domain: readonly [number, number];
  at(value: number): number;
}

function scaled({ scale }: Pick<Axis, 'scale'>, domain: [number, number], range: [number, number]): Scaled {
  const made = scale === 'log' ? scaleLog(domain, range) : scaleLinear(domain, range);
  return { domain, at: (value) => made(value) };
}

function extent(values: readonly number[]): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? [least, least + 1] : [least, most];
}

/** Curves keep off the edges. */
function padded({ scale }: Axis, [least, most]: [number, number]): [number, number] {
  return scale === 'log' ? [least / 1.3, most * 1.3] : [0, most * 1.05];
}

function ticksOf({ ticks, scale }: Axis, { domain: [least, most] }: Scaled): readonly number[] {
  if (ticks !== undefined) return ticks.filter((tick) => tick >= least && tick <= most);
  if (scale === 'linear') return scaleLinear([least, most], [0, 1]).ticks(6);
  const powers: number[] = [];
  for (let power = 10 ** Math.ceil(Math.log10(least)); power <= most; power *= 10) powers.push(power);
  return powers;
}

function curveOf(places: readonly (readonly [number, number])[], { look, isBehind, isDashed }: Series): string {
  const d = places.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${fixed(x)} ${fixed(y)}`).join('');
  return element('path', { d, class: `${isBehind ? 'thin' : 'curve'} ${isDashed ? 'dashed ' : ''}${look}` });
}

/** Names one below the other where their curves end close by. */
function apart<End extends { readonly y: number }>(ends: readonly End[]): End[] {
  const sorted = [...ends].sort((a, b) => a.y - b.y);
  let above = Number.NEGATIVE_INFINITY;
  const placed = sorted.map((end) => {
    above = Math.max(end.y, above + pitch);
    return { ...end, y: above };
  });
  // What was pushed below the picture is pushed up again, and pushes those above it.
  let below = bottom + pitch;
  return placed.reverse().map((end) => {
    below = Math.min(end.y, below - pitch);
    return { ...end, y: below };
  });
}

const width = 860;
export const left = 72;
export const right = 600;
const height = 430;
const top = 70;
const bottom = 370;
const pitch = 15;

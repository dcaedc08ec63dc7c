/** Percentile curves: what callers waited while all was quiet, against what they waited from the fault on. */
import { type ScaleLinear, type ScaleLogarithmic, scaleLinear, scaleLog } from 'd3-scale';
import type { Judged } from '../verdict.ts';
import type { Exhibit } from './exhibit.ts';
import type { Field } from './field.ts';
import { flowed } from './flow.ts';
import { lineHeight, type Panel, panels } from './panels.ts';
import type { Picture } from './picture.ts';
import { element, fixed, label, line } from './svg.ts';
import { counted, milliseconds } from './words.ts';

const panelHeight = 120;

/** Of so many transactions beyond it a percentile says something. */
const leastBeyond = 10;

/** Waits in order; those that got no answer come last, for theirs is "at least" what it is. */
interface Curve {
  readonly waitsMs: Float64Array;
  /** How many of them were answered. */
  readonly answered: number;
}

export function percentiles(field: Field): Picture {
  const runs = field.ordeals.flatMap((ordeal) => field.contestants.flatMap((one) => field.at(ordeal, one)));
  const y = waitScale(runs);
  const nines = ninesOf(field);
  const sentences: string[] = [];
  const { width, height, body } = panels(field, panelHeight, 2, (own, panel) => {
    const [quiet, faulted] = [curveOf(own, isBefore), curveOf(own, isAfter)];
    sentences.push(sentenceOf(own[0]!, quiet, faulted));
    return drawPanel(quiet, faulted, panel, y.copy().range([panel.bottom, panel.top]), nines);
  });
  const marks = flowed(legend, 24, height + 20, width - 24);
  return {
    title: 'How long callers waited, by percentile: quiet, and from the fault on',
    description: sentences.join(' '),
    width,
    height: marks.bottom + 10,
    body: body + marks.body,
  };
}

/** Settled before anything was done. */
function isBefore({ dueMs, latencyMs }: Judged, firstMs: number): boolean {
  return dueMs + latencyMs < firstMs;
}

function isAfter(transaction: Judged, firstMs: number): boolean {
  return !isBefore(transaction, firstMs);
}

function curveOf(runs: readonly Exhibit[], belongs: (transaction: Judged, firstMs: number) => boolean): Curve {
  const own = runs.flatMap(({ judgement: { transactions, faults } }) => {
    const first = faults.reduce((least, { fromMs }) => Math.min(least, fromMs), Number.POSITIVE_INFINITY);
    return transactions.filter((one) => belongs(one, first));
  });
  const waits = (isCensored: boolean) =>
    Float64Array.from(
      own.filter(({ censored }) => censored === isCensored),
      ({ latencyMs }) => latencyMs,
    ).sort();
  const [answered, censored] = [waits(false), waits(true)];
  const waitsMs = new Float64Array(own.length);
  waitsMs.set(answered);
  waitsMs.set(censored, answered.length);
  return { waitsMs, answered: answered.length };
}

function waitScale(runs: readonly Exhibit[]): ScaleLogarithmic<number, number> {
  const timeouts = runs.map(({ scenario }) => scenario.load.timeoutMs);
  const all = runs.flatMap(({ judgement }) => judgement.transactions);
  const least = all.reduce((low, { latencyMs }) => Math.min(low, latencyMs), 10);
  const most = all.reduce((high, { latencyMs }) => Math.max(high, latencyMs), Math.max(2, ...timeouts));
  return scaleLog()
    .domain([Math.max(least * 0.7, 0.1), most * 1.6])
    .clamp(true);
}

/** How many nines the axis reaches to: as many as the largest curve has transactions for. */
function ninesOf({ ordeals, contestants, at }: Field): number {
  const most = Math.max(
    1,
    ...ordeals.flatMap((ordeal) =>
      contestants.map((one) => at(ordeal, one).reduce((sum, { judgement }) => sum + judgement.transactions.length, 0)),
    ),
  );
  return Math.min(4, Math.max(2, Math.ceil(Math.log10(most / leastBeyond))));
}

function drawPanel(
  quiet: Curve,
  faulted: Curve,
  panel: Panel,
  y: ScaleLogarithmic<number, number>,
  nines: number,
): string {
  const { left, right, bottom, isFirst } = panel;
  const x = scaleLinear().domain([0, nines]).range([left, right]).clamp(true);
  const never = quiet.waitsMs.length - quiet.answered + faulted.waitsMs.length - faulted.answered;
  return [
    ...waitTicks(y).map(
      (ms) =>
        line(left, y(ms), right, y(ms), 'grid') +
        (isFirst ? label(left - 6, y(ms) + 4, milliseconds(ms), 'quiet', 'end') : ''),
    ),
    line(left, bottom, right, bottom, 'axis'),
    ...shares(nines).map((words, index) => label(x(index), bottom + 14, words, 'quiet', 'middle')),
    drawCurve(quiet, 'quiet-curve', x, y),
    drawCurve(faulted, 'faulted-curve', x, y),
    label(left, panel.top - 6 - lineHeight, limitWords(quiet, faulted), 'quiet'),
    never === 0 ? '' : label(left, panel.top - 6, `${never} never answered`, 'failed-ink'),
  ].join('');
}

function waitTicks(y: ScaleLogarithmic<number, number>): number[] {
  const [low, high] = y.domain() as [number, number];
  return [1, 10, 100, 1000, 10_000, 100_000].filter((tick) => tick >= low && tick <= high);
}

function shares(nines: number): string[] {
  return ['0', '90', '99', '99.9', '99.99'].slice(0, nines + 1);
}

/** Steps from wait to wait. Where the answered end it goes on along what the others waited at least, and is open. */
function drawCurve(
  { waitsMs, answered }: Curve,
  look: string,
  x: ScaleLinear<number, number>,
  y: ScaleLogarithmic<number, number>,
): string {
  const count = waitsMs.length;
  if (count === 0) return '';
  const until = count - Math.min(leastBeyond, count - 1);
  const place = (index: number) => x(-Math.log10(1 - index / count));
  const solid = thinned(
    Array.from({ length: Math.max(Math.min(answered, until), 1) }, (_, index) => [place(index), y(waitsMs[index]!)]),
  );
  const path = element('path', { d: pathOf(solid), class: look });
  if (answered >= until) return path;
  const [from, end] = [place(answered), place(until)];
  const least = y(waitsMs[answered]!);
  const d = `M${fixed(from)} ${fixed(least)}H${fixed(end)}M${fixed(end - 4)} ${fixed(least - 5)}l4 -6l4 6M${fixed(end)} ${fixed(least)}v-11`;
  const rise =
    answered === 0
      ? ''
      : element('path', { d: `M${fixed(from)} ${fixed(solid.at(-1)![1])}V${fixed(least)}`, class: look });
  return path + rise + element('path', { d, class: 'censored' });
}

/** Of points that would lie on each other's pixel, the last. */
function thinned(points: readonly number[][]): [x: number, y: number][] {
  const kept: [number, number][] = [];
  for (const [x, y] of points as [number, number][]) {
    const last = kept.at(-1);
    if (last !== undefined && kept.length > 1 && Math.abs(last[0] - x) < 0.7 && Math.abs(last[1] - y) < 0.7) continue;
    kept.push([x, y]);
  }
  return kept;
}

function pathOf(points: readonly [x: number, y: number][]): string {
  return points
    .map(([x, y], index) => (index === 0 ? `M${fixed(x)} ${fixed(y)}` : `H${fixed(x)}V${fixed(y)}`))
    .join('');
}

function limitWords(quiet: Curve, faulted: Curve): string {
  const waits = [quiet, faulted].map((curve) => percentileWords(curve, 0.99));
  return `p99 ${waits.filter((one) => one !== undefined).join(' → ')}`;
}

/** `at least` where it is one of those without an answer; undefined where there are too few. */
function percentileWords({ waitsMs, answered }: Curve, share: number): string | undefined {
  if (waitsMs.length * (1 - share) < 1) return undefined;
  const index = Math.ceil(share * waitsMs.length) - 1;
  return `${index >= answered ? '≥ ' : ''}${milliseconds(waitsMs[index]!)}`;
}

function sentenceOf({ ordeal, contestant }: Exhibit, quiet: Curve, faulted: Curve): string {
  const said = (
    [
      ['quiet', quiet],
      ['from the fault on', faulted],
    ] as const
  )
    .filter(([, { waitsMs }]) => waitsMs.length > 0)
    .map(([when, curve]) => {
      const never = curve.waitsMs.length - curve.answered;
      const parts = ([0.5, 0.9, 0.99, 0.999] as const).flatMap((share) => {
        const words = percentileWords(curve, share);
        return words === undefined ? [] : [`${share * 100} % ${words}`];
      });
      const rest = never === 0 ? '' : `, ${counted(never, 'transaction')} never answered`;
      return `${when} ${parts.join(', ')}${rest}`;
    });
  return `${contestant}, ${ordeal}: ${said.join('; ')}.`;
}

const curveMark = (look: string) => (x: number, y: number) => line(x, y, x + 12, y, look);

const legend = [
  { words: 'quiet: settled before the first fault', mark: curveMark('quiet-curve') },
  { words: 'all others: due, or under way, from the first fault on', mark: curveMark('faulted-curve') },
  { words: 'never answered: at least so long, and open', mark: curveMark('censored') },
  {
    words: `across: the share that waited no longer, in %, up to where ${leastBeyond} lie beyond; p99: quiet → from the fault on`,
    mark: () => '',
  },
];

/** Every transaction as a dot: across, when it was due; up, how long it took, by a logarithmic scale. */
import { type ScaleLogarithmic, scaleLog } from 'd3-scale';
import type { Cell, Judged } from '../verdict.ts';
import { type Frame, left, right, type Section } from './frame.ts';
import { dots, label, line } from './svg.ts';
import { milliseconds } from './words.ts';

const height = 300;

export type DotClass = 'first' | 'again' | 'failed';

const told: ReadonlySet<Cell> = new Set(['ONCE', 'DUPLICATED', 'PHANTOM']);

/** Whether its caller was told that it is done. */
export function committed({ cell }: Judged): boolean {
  return told.has(cell);
}

export function dotClass(transaction: Judged): DotClass {
  if (!committed(transaction)) return 'failed';
  return transaction.attempts > 1 ? 'again' : 'first';
}

export function scatter(frame: Frame): Section {
  const { transactions } = frame.judgement;
  const { timeoutMs } = frame.evidence.scenario.load;
  const draw = (top: number) => {
    const y = latencyScale(frame, top);
    const points = (wanted: DotClass) =>
      transactions
        .filter((one) => dotClass(one) === wanted)
        .map((one) => [frame.x(one.dueMs), y(wanted === 'failed' ? timeoutMs : one.latencyMs)] as const);
    const size = transactions.length > 4000 ? ' small' : '';
    return [
      grid(y),
      limits(frame, y),
      ...(['first', 'again', 'failed'] as const).map((one) => dots(points(one), `dots ${one}${size}`)),
    ].join('');
  };
  return { height: height + 6, draw };
}

function latencyScale({ judgement, evidence }: Frame, top: number): ScaleLogarithmic<number, number> {
  const latencies = judgement.transactions.filter(committed).map(({ latencyMs }) => latencyMs);
  const least = latencies.reduce((a, b) => Math.min(a, b), 0.8);
  const most = latencies.reduce((a, b) => Math.max(a, b), Math.max(evidence.scenario.load.timeoutMs, 2));
  return scaleLog()
    .domain([Math.max(least * 0.8, 0.1), most * 1.25])
    .range([top + height, top])
    .clamp(true);
}

function grid(y: ScaleLogarithmic<number, number>): string {
  const [low, high] = y.domain() as [number, number];
  const ticks = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000].filter((tick) => tick >= low && tick <= high);
  return ticks
    .map(
      (tick) =>
        line(left, y(tick), right, y(tick), 'grid') + label(left - 10, y(tick) + 4, milliseconds(tick), 'quiet', 'end'),
    )
    .join('');
}

/** The deadline and the limit beyond which a transaction counts as delayed, both named in the right margin. */
function limits({ evidence }: Frame, y: ScaleLogarithmic<number, number>): string {
  const { load, delayedMs } = evidence.scenario;
  const [deadline, delayed] = [y(load.timeoutMs), y(delayedMs)];
  const clear = Math.max(delayed, deadline + 16);
  const shown = delayedMs < load.timeoutMs;
  return [
    shown ? line(left, delayed, right, delayed, 'limit') : '',
    shown ? label(right + 8, clear + 4, `delayed > ${milliseconds(delayedMs)}`, 'quiet') : '',
    line(left, deadline, right, deadline, 'deadline'),
    label(right + 8, deadline + 4, `deadline ${milliseconds(load.timeoutMs)}`, 'failed-ink'),
  ].join('');
}

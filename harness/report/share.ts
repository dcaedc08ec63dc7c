/** The strip that says how much of what was due got done in time. */
import type { Judged } from '../verdict.ts';
import { type Frame, left, right, type Section } from './frame.ts';
import { committed } from './scatter.ts';
import { element, fixed, label, line, widthOf } from './svg.ts';
import { milliseconds } from './words.ts';

const titleHeight = 26;
const height = 70;
const below = 8;

/** A stretch of the load: how many were due in it, and how many of those got done in time. */
export interface Bin {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly due: number;
  readonly inTime: number;
}

/** 100 ms each; whole seconds where a run is so long that those would be thinner than a pixel. */
function binMs(endMs: number): number {
  return endMs > 100_000 ? 1000 * Math.ceil(endMs / 1_000_000) : 100;
}

/** Only bins in which something was due: where nothing was, there is no share. */
export function bins(transactions: readonly Judged[], endMs: number, size: number): Bin[] {
  const counts = new Map<number, { due: number; inTime: number }>();
  for (const one of transactions) {
    const index = Math.min(Math.floor(one.dueMs / size), Math.ceil(endMs / size) - 1);
    const bin = counts.get(index) ?? { due: 0, inTime: 0 };
    bin.due += 1;
    bin.inTime += Number(isInTime(one));
    counts.set(index, bin);
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([index, bin]) => ({ fromMs: index * size, untilMs: Math.min((index + 1) * size, endMs), ...bin }));
}

export function isInTime(transaction: Judged): boolean {
  return committed(transaction) && !transaction.delayed;
}

export function share(frame: Frame): Section {
  const parts = bins(frame.judgement.transactions, frame.endMs, binMs(frame.endMs));
  const [limit, size] = [frame.evidence.scenario.delayedMs, binMs(frame.endMs)].map(milliseconds);
  const title = `share of the transactions due that were committed within ${limit}, for each ${size}`;
  const draw = (top: number) => {
    const [ceiling, floor] = [top + titleHeight, top + titleHeight + height];
    const bars = (look: string, from: (bin: Bin) => number, until: (bin: Bin) => number) => {
      const shown = parts.filter((bin) => from(bin) < until(bin));
      const d = shown.map((bin) => bar(frame, bin, floor - height * from(bin), floor - height * until(bin)));
      return d.length === 0 ? '' : element('path', { d: d.join(''), class: look });
    };
    return [
      label(left, ceiling - 8, title, 'quiet'),
      bars('in-time', nothing, shareOf) + bars('not-in-time', shareOf, all),
      label(left - 10, ceiling + 4, '100 %', 'quiet', 'end'),
      label(left - 10, floor + 4, '0 %', 'quiet', 'end'),
      line(left, floor, right, floor, 'axis'),
      afterwards(frame, parts.at(-1)?.untilMs ?? 0, floor - height / 2 + 4),
    ].join('');
  };
  return { height: titleHeight + height + below, draw };
}

const nothing = () => 0;
const all = () => 1;
const shareOf = ({ due, inTime }: Bin) => inTime / due;

function bar({ x }: Frame, { fromMs, untilMs }: Bin, low: number, high: number): string {
  const [from, until] = [fixed(x(fromMs)), fixed(x(untilMs))];
  return `M${from} ${fixed(low)}V${fixed(high)}H${until}V${fixed(low)}z`;
}

/** Says why the strip ends before the axis does, where there is room to say it. */
function afterwards({ x }: Frame, lastMs: number, y: number): string {
  const words = lastMs === 0 ? 'nothing was due' : 'no more was due';
  const from = x(lastMs);
  return right - from < widthOf(words) + 16 ? '' : label((from + right) / 2, y, words, 'quiet', 'middle');
}

/** The blackout: the longest stretch, from the first fault to the load's end, in which the whole service answered nothing. */
import type { Course } from './course.ts';
import type { Outage } from './outages.ts';
import { answered, type Transaction } from './transactions.ts';

/** Less the usual spacing of answers before the fault, so that a slow load is not taken for a silent service. */
export function blackoutMicros(
  outages: readonly Outage[],
  transactions: readonly Transaction[],
  course: Course,
): number | null {
  const begun = outages[0]?.begun;
  if (begun === undefined) return null;
  const answers = transactions.filter(answered).map(({ settled }) => settled!.at);
  answers.sort((a, b) => a - b);
  const before = answers.filter((at) => at <= begun);
  // After the load nothing is asked, so nothing need be answered: the stretch that leads there is cut off at its end.
  const after = answers.filter((at) => at > begun && at < course.loadEnd);
  const bounds = [before.at(-1) ?? begun, ...after, course.loadEnd];
  const longest = gaps(bounds).reduce((worst, gap) => Math.max(worst, gap), 0);
  return Math.max(0, longest - median(gaps(before)));
}

function gaps(stamps: readonly number[]): number[] {
  return stamps.slice(1).map((at, index) => at - stamps[index]!);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

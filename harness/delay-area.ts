/** How much it hurt, in one figure without a threshold: all the time that callers waited longer than is usual, added up. */
import type { Outage } from './outages.ts';
import type { Scenario } from './scenario.ts';
import { answered, type Transaction } from './transactions.ts';

/**
 * In microseconds of one caller's waiting. Usual is the median before the first fault, or of the whole run without one. One
 * that got no answer waited until its deadline.
 */
export function delayAreaMicros(
  transactions: readonly Transaction[],
  outages: readonly Outage[],
  { load }: Scenario,
): number {
  const timeout = load.timeoutMs * 1000;
  const waited = (each: Transaction) => (answered(each) ? each.settled!.at - each.invoked.due : timeout);
  const before = outages[0]?.begun ?? Number.POSITIVE_INFINITY;
  const usual = medianOf(
    transactions.filter((each) => answered(each) && each.settled!.at < before).map((each) => waited(each)),
  );
  return transactions.reduce((area, each) => area + Math.max(0, Math.min(waited(each), timeout) - usual), 0);
}

/** The lower one of two; none is 0. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}

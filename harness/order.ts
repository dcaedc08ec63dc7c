/**
 * Order across transactions: of one whose caller was told before another was asked for, an execution that comes after the
 * other's is out of order. Nobody is promised more than that; those that were asked for at once may swap.
 */
import type { Transaction } from './transactions.ts';

export function outOfOrder(transactions: readonly Transaction[]): Set<Transaction> {
  const asked = [...transactions].sort((a, b) => a.invoked.at - b.invoked.at);
  // For each place: the first execution of any that was asked for there or later.
  const first = new Float64Array(asked.length + 1).fill(Number.POSITIVE_INFINITY);
  for (let place = asked.length - 1; place >= 0; place--) {
    first[place] = Math.min(first[place + 1]!, asked[place]!.firstExecuted);
  }
  const found = new Set<Transaction>();
  for (const each of asked) {
    if (each.settled === undefined || each.lastExecuted <= each.settled.at) continue;
    if (first[placeAfter(asked, each.settled.at)]! < each.lastExecuted) found.add(each);
  }
  return found;
}

/** The place of the first that was asked for after that moment. */
function placeAfter(asked: readonly Transaction[], moment: number): number {
  let [low, high] = [0, asked.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (asked[middle]!.invoked.at > moment) high = middle;
    else low = middle + 1;
  }
  return low;
}

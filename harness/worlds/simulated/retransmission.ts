/** When TCP sends again what nobody acknowledged, as Linux 6.18 was seen to do it over a router that drops packets. */
import type { Micros } from '../../../patterns/machine.ts';

/** When it next sends what it first sent then: the first wait comes twice, as a probe goes before. */
export function nextTry(since: Micros, now: Micros): Micros {
  return nextOf(since, now, firstWait, 2);
}

/** The same of a connection's first packet: its first wait comes five times (`tcp_syn_linear_timeouts`). */
export function nextKnock(since: Micros, now: Micros): Micros {
  return nextOf(since, now, knockWait, 5);
}

/** So many waits are alike, and each further one takes twice as long as the one before. */
function nextOf(since: Micros, now: Micros, first: Micros, alike: number): Micros {
  let [at, wait] = [since + first, first];
  for (let waits = 1; at < now; waits++) {
    if (waits >= alike) wait *= 2;
    at += wait;
  }
  return at;
}

/** 200 ms are the least, and the way there and back is added: some 12 ms, as acknowledgements ride on answers. */
const firstWait: Micros = 212_000;
/** From then on it sends nothing new: its first try, the probe, went without an answer, and so did the wait after it. */
export const lossAfter: Micros = 2 * firstWait;
const knockWait: Micros = 1_000_000;

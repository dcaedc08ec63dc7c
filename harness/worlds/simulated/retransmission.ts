/** When TCP sends again what nobody acknowledged, as Linux 6.18 was seen to do it over a router that drops packets. */
import type { Micros } from '../../../patterns/machine.ts';

/** When it next sends what it first sent then: a probe after one wait, again after another, and then after twice as long each time. */
export function nextTry(since: Micros, now: Micros): Micros {
  let [at, wait] = [since + firstWait, firstWait];
  while (at < now) {
    at += wait;
    wait *= 2;
  }
  return at;
}

/** The same of a connection's first packet: five times in a row without a longer wait (`tcp_syn_linear_timeouts`). */
export function nextKnock(since: Micros, now: Micros): Micros {
  let [at, wait] = [since + knockWait, knockWait];
  for (let knocks = 1; at < now; knocks++) {
    if (knocks >= evenKnocks) wait *= 2;
    at += wait;
  }
  return at;
}

/** 200 ms are the least, and the way there and back is added: some 15 ms, as acknowledgements ride on answers. */
const firstWait: Micros = 216_000;
const knockWait: Micros = 1_000_000;
const evenKnocks = 5;

/** When TCP sends again what nobody acknowledged, as Linux 6.18 was seen to do it over a router that drops packets. */
import type { Micros } from '../../../patterns/machine.ts';

/** How one end of a connection waits. */
export interface Waits {
  readonly first: Micros;
  /** Its timers fire when the kernel's wheel comes to them. */
  readonly isTicking: boolean;
}

/** 200 ms are the least, and the way there and back is added: some 12 ms, as acknowledgements ride on answers. */
export const usualWaits: Waits = { first: 212_000, isTicking: false };

/**
 * As `ss -ti` told of connections between hosts, by a kernel of 250 ticks a second. A request is acknowledged by its answer, so
 * that 208 ms are waited for that. Of 58 ends that answer three in seven wait 204 ms, two in seven 208, and a quarter 220 to 232,
 * whose acknowledgements rode on the next request.
 */
export function tickingWaits(isOfRequests: boolean, chance: number): Waits {
  const slow = 55 + Math.floor((chance - 0.75) * 16);
  const ticks = isOfRequests ? 52 : chance < 0.45 ? 51 : chance < 0.75 ? 52 : slow;
  return { first: ticks * tick, isTicking: true };
}

/** When it next sends what it first sent then: the first wait comes twice, as a probe goes before. */
export function nextTry(since: Micros, now: Micros, { first, isTicking }: Waits = usualWaits): Micros {
  return nextOf(since, now, first, 2, isTicking ? wheel : undefined);
}

/** From then on it sends nothing new: its first try, the probe, went without an answer, and so did the wait after it. */
export function lossAfter({ first }: Waits): Micros {
  return 2 * first;
}

/** The same of a connection's first packet: its first wait comes five times (`tcp_syn_linear_timeouts`). */
export function nextKnock(since: Micros, now: Micros): Micros {
  return nextOf(since, now, knockWait, 5);
}

/** So many waits are alike, and each further one takes twice as long as the one before. */
function nextOf(
  since: Micros,
  now: Micros,
  first: Micros,
  alike: number,
  fires: (at: Micros, wait: Micros) => Micros = (at) => at,
): Micros {
  let [at, wait] = [fires(since + first, first), first];
  for (let waits = 1; at < now; waits++) {
    if (waits >= alike) wait *= 2;
    at = fires(at + wait, wait);
  }
  return at;
}

/**
 * The wheel's slots are a tick wide for what is less than 63 of them, and eight times as wide for eight times as much: nothing is
 * early, and what shares a slot fires at one time.
 */
function wheel(at: Micros, wait: Micros): Micros {
  let width = tick;
  while (wait >= 63 * width) width *= 8;
  return (Math.floor(at / width) + 1) * width;
}

const tick: Micros = 4_000;
const knockWait: Micros = 1_000_000;

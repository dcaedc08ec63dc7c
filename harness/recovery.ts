/**
 * A failover beside its blackout, told in three more parts: when anybody noticed, when callers no longer did, and how long
 * that took from the cure. And how long zombies walked. In microseconds; the worst of all faults, null where there was none.
 */
import type { Course } from './course.ts';
import type { HistoryLine } from './history.ts';
import { endpointsOf, farEndOf, type Outage } from './outages.ts';
import { answered, type Joined, type Transaction } from './transactions.ts';

export interface Recovery {
  /** From the fault to the first sign that anyone had noticed: a client lost the peer, or what was there was tried again. */
  readonly detectedMicros: number | null;
  /** From the fault until a second began in which all that was due was answered in time; null where none did. */
  readonly recoveredMicros: number | null;
  /** The same, looked for and counted from the cure. */
  readonly healedMicros: number | null;
  /** From the fault before it to the beginning of the last execution of what its caller had been told of already. */
  readonly lastZombieMicros: number | null;
}

export function recoveryOf(
  outages: readonly Outage[],
  history: readonly HistoryLine[],
  { transactions }: Joined,
  course: Course,
  delayedMicros: number,
): Recovery {
  const isBad = (each: Transaction) => !answered(each) || each.settled!.at - each.invoked.due > delayedMicros;
  const due = transactions.map((each) => ({ at: each.invoked.due, isBad: isBad(each) })).sort((a, b) => a.at - b.at);
  const goodAgain = (from: number) => firstGoodSecond(due, from, course.loadEnd);
  return {
    detectedMicros: worst(outages.map((outage) => detectedAt(outage, history)).filter((found) => found !== null)),
    recoveredMicros: worstOfAll(outages.map(({ begun }) => goodAgain(begun))),
    healedMicros: worstOfAll(outages.map(({ cured }) => goodAgain(cured))),
    lastZombieMicros: worst(transactions.map((each) => zombieOf(each, outages)).filter((found) => found !== null)),
  };
}

/** A peer lost long after the cure was lost to something else; what was at the victim is tried again because of it whenever. */
function detectedAt({ node, begun, cured, hit }: Outage, history: readonly HistoryLine[]): number | null {
  const endpoints = endpointsOf(history, farEndOf(node));
  const until = Math.max(cured, begun + secondMicros);
  const lost = history.filter((line) => line.kind === 'peer' && !line.up && endpoints.has(line.peer));
  const signs = [...lost.map(({ at }) => at).filter((at) => at <= until), ...hit.flatMap(({ retries }) => retries)];
  const first = signs.filter((at) => at > begun).reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
  return Number.isFinite(first) ? first - begun : null;
}

/** How long after `from` it begins; where the load ends sooner than it would, what is left of it counts. */
function firstGoodSecond(due: readonly { at: number; isBad: boolean }[], from: number, loadEnd: number): number | null {
  let start = from;
  for (const { at, isBad } of due) {
    if (at < from) continue;
    if (at > start + secondMicros) break;
    // The next second may begin as soon as this one is over.
    if (isBad) start = at + 1;
  }
  return start <= loadEnd && due.some(({ at }) => at >= start && at <= start + secondMicros) ? start - from : null;
}

function zombieOf({ settled, lastBegan }: Transaction, outages: readonly Outage[]): number | null {
  const fault = outages.findLast(({ begun }) => begun <= lastBegan);
  return settled === undefined || fault === undefined || lastBegan <= settled.at ? null : lastBegan - fault.begun;
}

function worst(found: readonly number[]): number | null {
  return found.length === 0 ? null : found.reduce((most, each) => Math.max(most, each));
}

/** One that never came outdoes every other. */
function worstOfAll(found: readonly (number | null)[]): number | null {
  return found.includes(null) ? null : worst(found as readonly number[]);
}

const secondMicros = 1_000_000;

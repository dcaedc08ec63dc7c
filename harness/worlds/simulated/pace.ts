/** How fast a machine is, where that is known: what its runs took more than those of the simulated world, or less. */
import type { Micros } from '../../../patterns/machine.ts';
import type { Scenario } from '../../scenario.ts';
import { endsOf } from '../../targets.ts';
import type { Ways } from './network.ts';
import { answering, deathTime, departure, handling, passage, type Range, reading } from './timings.ts';

export interface Pace {
  /** What the way from one process to another takes more, at most; or less, where it is below zero. */
  readonly hopMs: number;
  /** What a request costs its server's thread more, or less. */
  readonly workMs: number;
  /** How much longer a killed process takes to be gone, or how much less long. */
  readonly deathMs: number;
  /** What a proxy adds to a message's time; and the links that have one, by their names. */
  readonly proxyMs?: number;
  readonly proxied?: readonly string[];
  /**
   * What an order of whoever conducts the run takes until it has been told, one after the other. Where it is not known, it is no
   * machine: see below.
   */
  readonly orderMs?: number;
  /** For how long on average the machine holds up a process, of which each is held up ten times a second. */
  readonly holdUpMs?: number;
  /** What a process takes longer over what it does for the first time: a client's first transaction, a server's first request, its first answer, a conductor's first order. */
  readonly coldMs?: number;
  /** What issuing a transaction costs the client's thread. */
  readonly issueMs?: number;
  /** What handing over an attempt of one costs it. */
  readonly attemptMs?: number;
  /** How long a process takes to start by itself, and how much longer by each that starts at the same time. */
  readonly start?: { readonly aloneMs: number; readonly besideMs: number };
}

/**
 * Whether it is that of a machine on which the run is conducted, and not of the world that campaigns look for schedules in. There
 * orders take time and a trigger's victim is stopped by SIGSTOP (`Conductor`, `SimulatedNode`), messages wake threads and TCP's
 * timers tick (`Ways`), and a server's reading keeps it from the next request (`Work`).
 */
export function isMachine({ orderMs }: Pace): boolean {
  return orderMs !== undefined;
}

/** That of the timings. */
export const modelled: Pace = { hopMs: 0, workMs: 0, deathMs: 0 };

/** What lies between processes, in a scenario on a machine of that pace. */
export function waysOf({ network: { latencyMs, ...room } }: Scenario, pace: Pace): Partial<Ways> {
  const way = hastened(passage, -pace.hopMs / 2);
  const [there, on] = isMachine(pace) ? [shared(way, wakingShare), shared(way, 1 - wakingShare)] : [departure, way];
  return {
    departure: there,
    passage: on,
    death: hastened(deathTime, -pace.deathMs),
    latency: Math.round((latencyMs + Math.max(0, pace.hopMs)) * 1000),
    dying: Math.round(Math.max(0, pace.deathMs) * 1000),
    proxy: Math.round((pace.proxyMs ?? 0) * 1000),
    holdUp: Math.round((pace.holdUpMs ?? 0) * 1000),
    isMachine: isMachine(pace),
    proxied: (pace.proxied ?? []).map(endsOf),
    ...room,
  };
}

/**
 * What a request costs its server's thread besides its handler's own time: when it is read, before its handler, and from its
 * effect until its answer has been sent.
 */
export interface Work {
  readonly reading: Micros;
  readonly before: Range;
  readonly after: Range;
  readonly extra: Micros;
  /** What the first takes longer, before and after. */
  readonly cold: Micros;
}

/** On a machine of that pace. What a faster one saves, it saves before the handler, and after it only what is left: so its ledgers say. */
export function workOf(pace: Pace): Work {
  const { workMs, coldMs = 0 } = pace;
  const before = shareLess(-workMs, mean(handling));
  const saved = ((1 - before) * mean(handling)) / 1000;
  return {
    reading: isMachine(pace) ? reading : 0,
    before: shared(handling, before),
    after: shared(answering, shareLess(-workMs - saved, mean(answering))),
    extra: Math.round(Math.max(0, workMs) * 1000),
    cold: Math.round(coldMs * 1000),
  };
}

/** Each draw by the same share, so that on average it is by so much. */
function hastened(range: Range, byMs: number): Range {
  return shared(range, shareLess(byMs, mean(range)));
}

/** What is left of that, less so much. */
function shareLess(byMs: number, usual: Micros): number {
  return byMs <= 0 ? 1 : Math.max(leastShare, 1 - (byMs * 1000) / usual);
}

function shared([least, spread]: Range, share: number): Range {
  return [Math.round(least * share), Math.round(spread * share)];
}

function mean([least, spread]: Range): Micros {
  return least + spread / 2;
}

/** Of three threads that are to be woken on the way the first is the sender's own I/O thread. What finds that awake is there sooner. */
const wakingShare = 1 / 3;
/** No machine is ten times as fast. */
const leastShare = 0.1;

/** How fast a machine is, where that is known: what its runs took more than those of the simulated world, or less. */
import type { Micros } from '../../../patterns/machine.ts';
import type { Scenario } from '../../scenario.ts';
import { endsOf } from '../../targets.ts';
import type { Ways } from './network.ts';
import { answering, deathTime, handling, passage, type Range } from './timings.ts';

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
  /** What a proxy takes for each connection of a link that it has an order about, one after the other. */
  readonly connectionMs?: number;
  /** What an order takes until a link does as it says. */
  readonly orderMs?: number;
  /** For how long on average the machine holds up a process, of which each is held up ten times a second. */
  readonly holdUpMs?: number;
  /** What a process takes longer over what it does for the first time: a client's first transaction, a server's first request, its first answer. */
  readonly coldMs?: number;
  /** What a line of its history costs the client's thread. */
  readonly lineMs?: number;
  /** How long a process takes to start by itself, and how much longer by each that starts at the same time. */
  readonly start?: { readonly aloneMs: number; readonly besideMs: number };
}

/** That of the timings. */
export const modelled: Pace = { hopMs: 0, workMs: 0, deathMs: 0 };

/** What lies between processes, in a scenario on a machine of that pace. */
export function waysOf({ network: { latencyMs, ...room } }: Scenario, pace: Pace): Partial<Ways> {
  return {
    passage: hastened(passage, -pace.hopMs / 2),
    death: hastened(deathTime, -pace.deathMs),
    latency: Math.round((latencyMs + Math.max(0, pace.hopMs)) * 1000),
    dying: Math.round(Math.max(0, pace.deathMs) * 1000),
    proxy: Math.round((pace.proxyMs ?? 0) * 1000),
    holdUp: Math.round((pace.holdUpMs ?? 0) * 1000),
    connection: Math.round((pace.connectionMs ?? 0) * 1000),
    proxied: (pace.proxied ?? []).map(endsOf),
    ...room,
  };
}

/** What a request costs its server's thread besides its handler's own time: before that, and from its effect until its answer has been sent. */
export interface Work {
  readonly before: Range;
  readonly after: Range;
  readonly extra: Micros;
  /** What the first takes longer, before and after. */
  readonly cold: Micros;
}

/** On a machine of that pace. */
export function workOf({ workMs, coldMs = 0 }: Pace): Work {
  const share = shareLess(-workMs, mean(handling) + mean(answering));
  return {
    before: shared(handling, share),
    after: shared(answering, share),
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

/** No machine is ten times as fast. */
const leastShare = 0.1;

/** The load as a plan made of the seed: when each transaction is due, and what it carries. */
import { draw, drawsOf } from '../patterns/parts/chance.ts';
import type { Scenario } from './scenario.ts';

/** A plan stands in memory, and so does what came of each transaction. */
export const transactionsMax = 10_000_000;

/** One transaction of an open loop. */
export interface Arrival {
  /** Its number, by which all about it is drawn: the same whatever else is due. */
  readonly n: number;
  /** When it is due, in microseconds from the load's beginning. */
  readonly at: number;
}

/** In the order in which they are due. */
export function planArrivals(scenario: Scenario): Arrival[] {
  const { ratePerSec, durationMs, arrivals } = scenario.load;
  const spacing = 1_000_000 / ratePerSec;
  const end = durationMs * 1000;
  const chance = drawsOf(scenario.seed, 'arrival:');
  const plan: Arrival[] = [];
  for (let n = 0, at = 0; ; n++) {
    if (arrivals === 'poisson') at += -Math.log(1 - chance(n)) * spacing;
    else at = (n + (arrivals === 'jittered' ? chance(n) : 0)) * spacing;
    if (at >= end) break;
    plan.push({ n, at: Math.round(at) });
  }
  const further = surging(scenario);
  return further.length === 0 ? plan : [...plan, ...further].sort((a, b) => a.at - b.at || a.n - b.n);
}

/** What comes on top of the rate: one in each slot of a surge, anywhere in it, numbered from the millisecond it begins in. */
function surging({ seed, load }: Scenario): Arrival[] {
  const taken = new Map<number, number>();
  return load.surges.flatMap(({ atMs, durationMs, transactions }) => {
    const block = transactionsMax * (1 + Math.floor(atMs));
    const first = taken.get(block) ?? block;
    taken.set(block, first + transactions);
    return Array.from({ length: transactions }, (_, k) => {
      const share = (k + draw(seed, `surge:${atMs}:${durationMs}:${k}`)) / transactions;
      return { n: first + k, at: Math.round((atMs + durationMs * share) * 1000) };
    });
  });
}

/** How long after it is due transaction `n` has its deadline, in milliseconds. */
export function timeoutOf({ load, seed }: Scenario, n: number): number {
  if (load.timeouts === 'equal') return load.timeoutMs;
  return Math.ceil(load.timeoutMs * (0.2 + 0.8 * draw(seed, `timeout:${n}`)));
}

/** What transaction `n` carries: its number and the seed, filled up; so no other's bytes are equal to it. */
export function payloadOf(scenario: Scenario, n: number): Uint8Array {
  const text = `${n}.${scenario.seed}.`;
  return Buffer.from(text.padEnd(scenario.load.payloadBytes, 'x').slice(0, Math.max(scenario.load.payloadBytes, 0)));
}

/** The answer to a request: who executed which transaction, and what it carried. */
export function answerTo(id: string, request: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${id}\n`), request]);
}

/** The same answer in so many parts, some of them empty where there is too little. Cut so many bytes earlier, where asked. */
export function inParts(answer: Uint8Array, parts: number, skew = 0): Uint8Array[] {
  const bytes = Math.ceil(answer.length / parts);
  const cut = (part: number) => (part === 0 || part === parts ? part * bytes : Math.max(0, part * bytes - skew));
  return Array.from({ length: parts }, (_, part) => answer.subarray(cut(part), cut(part + 1)));
}

/** Whether that reply is the answer to this transaction. */
export function isAnswer(reply: Uint8Array, id: string, request: Uint8Array): boolean {
  const from = id.length + 1;
  if (reply.length !== from + request.length || reply[id.length] !== lineFeed) return false;
  for (let i = 0; i < id.length; i++) if (reply[i] !== id.charCodeAt(i)) return false;
  for (let i = 0; i < request.length; i++) if (reply[from + i] !== request[i]) return false;
  return true;
}

const lineFeed = 0x0a;

/** From one part of an answer to the next. */
export const partMs = 1;

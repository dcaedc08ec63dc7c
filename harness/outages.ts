/** What each fault did: how long it lasted, whom it hit, and how long until they and the whole service were over it. */

import type { Course } from './course.ts';
import type { HistoryLine } from './history.ts';
import type { Scenario } from './scenario.ts';
import { answered, type Transaction } from './transactions.ts';
import { messageImpairments } from './worlds/impairment.ts';

/** A fault that was begun. Stamps in microseconds. */
export interface Outage {
  readonly index: number;
  readonly fault: string;
  readonly node: string;
  readonly begun: number;
  /** The cure's stamp; the history's last where there was none. */
  readonly cured: number;
  /** Whether it took hold. */
  readonly fired: boolean;
  /** Transactions with an attempt open at the victim. */
  readonly hit: readonly Transaction[];
  /** It was to strike only while its victim held nothing, so that hitting nothing is no shortcoming. */
  readonly meantIdle: boolean;
  /** It was to strike an idle victim, and struck one for which, or with which, a request was under way. */
  readonly struckBusy: boolean;
}

export function outagesOf(
  history: readonly HistoryLine[],
  transactions: readonly Transaction[],
  planned: Scenario['faults'],
  course: Course,
): Outage[] {
  const marks = history.filter((line) => line.kind === 'fault');
  const begun = marks.filter(({ phase }) => phase === 'begun').sort((a, b) => a.at - b.at);
  return begun.map(({ index, fault, node, at }) => {
    const stamp = (phase: string) => marks.find((mark) => mark.index === index && mark.phase === phase)?.at;
    const cured = stamp('cured') ?? course.last;
    const site = farEndOf(node);
    const endpoints = endpointsOf(history, site);
    const died = history.find((line) => line.kind === 'node' && line.node === node && isDeath(line, at, cured))?.at;
    const done = stamp('done') ?? at;
    const reborn = died === undefined ? undefined : seenAgain(history, endpoints, died);
    const span = { node: site, begun: at, done, curing: stamp('curing') ?? cured, cured, died, reborn, endpoints };
    const wasAtVictim = (each: Transaction) => wasAt(each, span, transactions);
    // What the client had open, it had itself.
    const isHit = node === 'client' ? wasOpenAt(done) : node === 'load' ? wasDueFrom(at) : wasAtVictim;
    // As they are named that strike one message; they are stamped when it comes.
    const isStruck = messageImpairments.some((kind) => kind === fault) ? wasOnItsWay(done) : () => false;
    const hit = transactions.filter((each) => (isOpen(each, span) && isHit(each)) || isStruck(each));
    const meantIdle = planned[index]?.trigger === 'idle' || fault === neverThere;
    const struckBusy =
      meantIdle && fault !== neverThere && transactions.some((each) => isOpen(each, span) && wasUnderWay(each, span));
    return { index, fault, node, begun: at, cured, fired: stamp('done') !== undefined, hit, meantIdle, struckBusy };
  });
}

/** What is done to a link concerns whom requests reach by it. */
export function farEndOf(node: string): string {
  return node.split('/').at(-1)!;
}

/** A node may come back on another endpoint; attempts at any of them were attempts at the node. */
export function endpointsOf(history: readonly HistoryLine[], node: string): Set<string> {
  const endpoints = new Set<string>();
  for (const line of history) {
    if (line.kind === 'node' && line.node === node && line.endpoint !== undefined) endpoints.add(line.endpoint);
  }
  return endpoints;
}

/** Who serves there. */
export function nodesByEndpoint(history: readonly HistoryLine[]): Map<string, string> {
  const nodes = new Set(history.flatMap((line) => (line.kind === 'node' ? [line.node] : [])));
  return new Map([...nodes].flatMap((node) => [...endpointsOf(history, node)].map((endpoint) => [endpoint, node])));
}

function seenAgain(history: readonly HistoryLine[], endpoints: ReadonlySet<string>, died: number): number | undefined {
  return history.find((line) => line.kind === 'peer' && line.up && line.at > died && endpoints.has(line.peer))?.at;
}

interface Span {
  readonly node: string;
  readonly endpoints: ReadonlySet<string>;
  readonly begun: number;
  /** When the fault had taken hold: until then the victim was itself. */
  readonly done: number;
  readonly curing: number;
  readonly cured: number;
  /** When the victim's process ended, if it did: what its next life received was not with it. */
  readonly died: number | undefined;
  /** When a client saw that next life, if one did: what it handed over from then on was not for the victim. */
  readonly reborn: number | undefined;
}

function isDeath(line: HistoryLine & { kind: 'node' }, begun: number, cured: number): boolean {
  return line.state === 'dead' && line.at >= begun && line.at <= cured;
}

function isOpen({ invoked, settled }: Transaction, { begun, curing }: Span): boolean {
  return invoked.at < curing && (settled === undefined || settled.at > begun);
}

/** What came on top can't be told from the rest, nor does it fare otherwise. */
function wasDueFrom(moment: number): (transaction: Transaction) => boolean {
  return ({ invoked }) => invoked.at >= moment;
}

function wasOpenAt(moment: number): (transaction: Transaction) => boolean {
  return ({ invoked }) => invoked.at <= moment;
}

/**
 * Of one message nobody says whose it is: whose request was on its way at that moment, or whose answer came at it. Most of
 * what was on its way elsewhere has settled a few milliseconds later, and is no matter then.
 */
function wasOnItsWay(moment: number): (transaction: Transaction) => boolean {
  return ({ handovers, receipts, settled }) => {
    const handed = handovers.findLast(({ at }) => at <= moment)?.at;
    if (handed === undefined || (settled !== undefined && settled.at < moment)) return false;
    const received = receipts.find(({ at }) => at >= handed);
    return received === undefined || received.at >= moment || settled?.at === moment;
  };
}

/** By the client's word, or by the victim's own: a client with a broker, or a native REQ, can't tell who has it. */
function wasAt(transaction: Transaction, span: Span, all: readonly Transaction[]): boolean {
  const { handovers, receipts } = transaction;
  const { node, endpoints, done, cured, died, reborn } = span;
  const until = Math.min(reborn ?? cured, cured);
  if (handovers.some(({ peer, at }) => peer !== undefined && at <= until && endpoints.has(peer))) return true;
  return receipts.some((receipt) => {
    if (receipt.node !== node || receipt.at > (died ?? cured + backlogMicros)) return false;
    // A frozen victim reads on waking what came meanwhile: it had lain there, unlike what was handed over just now.
    const handed = handedBefore(transaction, receipt.at);
    const hasWaited = receipt.at - handed >= layMicros;
    return receipt.at <= done || (hasWaited && !all.some((one) => waitedToo(one, node, handed, receipt.at)));
  });
}

function handedBefore({ handovers, invoked }: Transaction, moment: number): number {
  return handovers.findLast(({ at }) => at <= moment)?.at ?? invoked.at;
}

/**
 * Whether that one, handed over no later, only just came to somebody else, and for the first time: then what came to the
 * victim had waited for a turn, as all did, and not lain in its buffers.
 */
function waitedToo(one: Transaction, victim: string, handed: number, moment: number): boolean {
  const [first] = one.receipts;
  if (one.attempts > 1 || first === undefined || first.node === victim) return false;
  return first.at <= moment && first.at > moment - layMicros && handedBefore(one, first.at) <= handed;
}

/**
 * Handed over shortly before it died, and received by nobody but that life of it: where a client can't tell who has a
 * request, the victim had it. What was routed to its endpoint just after its death waits there for the next life.
 */
function wasUnderWay({ handovers, receipts }: Transaction, { node, begun, done, died }: Span): boolean {
  const wasHanded = handovers.some(({ at }) => at <= done && at >= begun - underWayMicros);
  return wasHanded && receipts.every((receipt) => receipt.node === node && (died === undefined || receipt.at <= died));
}

/** A node that was not there from the start held nothing. */
export const neverThere = 'absent';
/** For how long after its waking a victim is taken to read what had come in its sleep. */
const backlogMicros = 100_000;
/** What was received so long after it was handed over had lain in buffers. */
const layMicros = 50_000;
/** For so long at most a request is on its way to a server that has nothing to do, however busy the machine. */
const underWayMicros = 1_000_000;

/** From a fault's stamp until the last transaction it hit was settled, or should have been. */
export interface Failover {
  readonly fault: string;
  readonly node: string;
  readonly micros: number;
  /** That last transaction got no answer: the failover took "at least" so long. */
  readonly isCensored: boolean;
}

/** One for each fault that could tell; none where it was to hit something and hit nothing. */
export function failoversOf(outages: readonly Outage[], timeoutMicros: number): Failover[] {
  return outages.flatMap(({ fault, node, begun, hit, meantIdle }) => {
    if (hit.length === 0 && !meantIdle) return [];
    let [micros, isCensored] = [0, false];
    for (const one of hit) {
      const { invoked, settled } = one;
      // A client that died waits for nothing.
      if (node === 'client' && settled === undefined) continue;
      const took = (settled?.at ?? invoked.due + timeoutMicros) - begun;
      if (took >= micros) [micros, isCensored] = [took, !answered(one)];
    }
    return [{ fault, node, micros, isCensored }];
  });
}

/** Of the transactions due during an outage, the share that was answered in time. */
export function outageShare(
  outages: readonly Outage[],
  transactions: readonly Transaction[],
  delayedMicros: number,
): number | null {
  const due = transactions.filter(({ invoked }) =>
    outages.some(({ begun, cured }) => invoked.due >= begun && invoked.due < cured),
  );
  if (due.length === 0) return null;
  const inTime = due.filter((each) => answered(each) && each.settled!.at - each.invoked.due <= delayedMicros);
  return inTime.length / due.length;
}

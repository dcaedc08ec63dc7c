/** A zombie: a server that goes on with what has been given to another. */
import type { HistoryLine } from '../history.ts';
import { endpointsOf, nodesByEndpoint } from '../outages.ts';
import type { Scenario } from '../scenario.ts';
import type { Evidence } from '../verdict.ts';

/** Something that a server did for an attempt. */
interface Seen {
  readonly id: string;
  readonly node: string;
  readonly attempt: number;
  readonly at: number;
  readonly what: 'received' | 'began' | 'executed';
}

/**
 * With leases, no attempt begins where a later one has reached another server; nor takes effect, where heartbeats extend
 * a lease for as long as its handler runs (of one that nobody can extend, only a freeze makes a zombie). What a server had
 * waiting when the transaction came again begins by the leave of the newest that came.
 *
 * @param fixedMs how long a lease lasts that nobody extends; undefined where heartbeats do.
 * @param isTurnedAway whether what was received there then was turned away.
 */
export function zombieOf(
  { scenario, history, ledgers }: Evidence,
  fixedMs: number | undefined,
  isTurnedAway: (node: string, id: string, at: number) => boolean,
): string | undefined {
  const isExtended = fixedMs === undefined;
  if (isBeyondLeases(scenario, isExtended)) return undefined;
  const stoodStill = freezesIn(history, unnoticedShare * (fixedMs ?? 0) * 1000);
  const sender = new Sender(history, stoodStill);
  const { begun, received } = seenBy(
    ledgers,
    isTurnedAway,
    (one) => isExtended || stoodStill(one.node, one.from, one.at),
  );
  for (const seen of begun) {
    const { id, node, attempt, at, what } = seen;
    const later = received.get(id)?.find((one) => one.node !== node && one.attempt > attempt && one.at < at);
    if (later === undefined || sender.gaveUpTheLiving(seen, later)) continue;
    // A lease that nobody extends counts from when it is read.
    if (!isExtended && what === 'began' && sender.frozeOver(seen)) continue;
    return `${node} ${what} attempt ${attempt} of ${id} ${(at - later.at) / 1000} ms after ${later.node} was given attempt ${later.attempt}`;
  }
  return undefined;
}

/** Leases are off, or can't know of what is done to the connections. */
function isBeyondLeases({ settings, faults }: Scenario, isExtended: boolean): boolean {
  if (settings['leases'] === false) return true;
  // A broker that its client can't reach seems dead to it, and has what it has.
  if (faults.some(({ target }) => /^(client\/)?broker-\d+$/.test(target))) return true;
  const onLinks = faults.filter(({ target }) => target.includes('/'));
  // A lease from its arrival on knows nothing of what a link keeps.
  return onLinks.some(({ fault }) => breaking.has(fault)) || (onLinks.length > 0 && !isExtended);
}

/** What servers did for each attempt: executions count where they are asked for. */
function seenBy(
  ledgers: Evidence['ledgers'],
  isTurnedAway: (node: string, id: string, at: number) => boolean,
  counts: (execution: { node: string; from: number; at: number }) => boolean,
): { begun: Seen[]; received: Map<string, Seen[]> } {
  const begun: Seen[] = [];
  const received = new Map<string, Seen[]>();
  for (const [node, lines] of ledgers) {
    if (lines instanceof Error) continue;
    const newest = new Map<string, number>();
    for (const line of lines) {
      const { kind, id, attempt, at } = line;
      if (kind === 'received') {
        newest.set(id, Math.max(attempt, newest.get(id) ?? 0));
        if (isTurnedAway(node, id, at)) continue;
        received.set(id, [...(received.get(id) ?? []), { id, node, attempt, at, what: kind }]);
      }
      const own = newest.get(id) ?? attempt;
      if (kind === 'executing') begun.push({ id, node, attempt: own, at, what: 'began' });
      if (line.kind === 'executed' && counts({ node, from: line.began, at }))
        begun.push({ id, node, attempt: own, at, what: 'executed' });
    }
  }
  return { begun, received };
}

/** Who sent the attempts, and may have taken one that lives for dead: no lease keeps that one from going on. */
class Sender {
  readonly #history: readonly HistoryLine[];
  readonly #stoodStill: StoodStill;
  /** By their endpoints. */
  readonly #nodes: ReadonlyMap<string, string>;

  constructor(history: readonly HistoryLine[], stoodStill: StoodStill) {
    this.#history = history;
    this.#stoodStill = stoodStill;
    this.#nodes = nodesByEndpoint(history);
  }

  /** The client froze as it sent that, which lay in its own buffers. */
  frozeOver(seen: Seen): boolean {
    const at = this.#sending(seen)?.at;
    return at !== undefined && this.#stoodStill('client', at - 1, at + leavesWithin);
  }

  /** It sent the later one as it took for dead whoever had the earlier one: a server by the end of the life before, or a broker. */
  gaveUpTheLiving(seen: Seen, later: Seen): boolean {
    const sending = this.#sending(seen);
    if (sending === undefined) return false;
    const since = this.#history.filter(({ at }) => at >= sending.at && at <= later.at);
    if (readOfAPast(since, seen.node, endpointsOf(this.#history, seen.node))) return true;
    return this.#sending(later)?.peer !== sending.peer && this.#foundSilent(since, sending.peer);
  }

  /** It was so slow that it took for silent a broker whose word lay unread: no fault is a broker's own here. */
  #foundSilent(since: readonly HistoryLine[], peer: string | undefined): boolean {
    if (peer === undefined || !this.#nodes.get(peer)?.startsWith('broker-')) return false;
    const isSilence = (line: HistoryLine) => line.kind === 'peer' && line.peer === peer && line.cause === 'silence';
    const silence = since.find(isSilence);
    return silence !== undefined && this.#wasSlowBefore(silence.at);
  }

  /** What it had not read by the cure it reads after it. */
  #wasSlowBefore(at: number): boolean {
    return this.#history.some(
      (line) => line.kind === 'fault' && line.fault === 'slow' && line.node === 'client' && line.at <= at,
    );
  }

  #sending({ id, attempt }: Seen): (HistoryLine & { kind: 'attempt' }) | undefined {
    return this.#history.find(
      (line): line is HistoryLine & { kind: 'attempt' } =>
        line.kind === 'attempt' && line.id === id && line.attempt === attempt,
    );
  }
}

/** In that time a server lived, of which was read that its connection had ended: that of the life before. */
function readOfAPast(since: readonly HistoryLine[], node: string, endpoints: ReadonlySet<string>): boolean {
  const isEnd = (line: HistoryLine) => line.kind === 'peer' && line.cause === 'disconnect' && endpoints.has(line.peer);
  const isDeath = (line: HistoryLine) => line.kind === 'node' && line.node === node && line.state === 'dead';
  return since.some(isEnd) && !since.some(isDeath);
}

/** Whether that node froze in that time. */
type StoodStill = (node: string, from: number, until: number) => boolean;

/** Of freezes that lasted longer than that. */
function freezesIn(history: readonly HistoryLine[], longerThan: number): StoodStill {
  const freezes = history.flatMap((line, index) => {
    if (line.kind !== 'node' || line.state !== 'paused') return [];
    const end = history.slice(index + 1).find((later) => later.kind === 'node' && later.node === line.node);
    return (end?.at ?? Number.POSITIVE_INFINITY) - line.at > longerThan ? [{ node: line.node, at: line.at }] : [];
  });
  return (node, from, until) => freezes.some((freeze) => freeze.node === node && freeze.at > from && freeze.at < until);
}

/** Faults by which a connection ends while both its ends live, as a broker's death does to those behind it. */
const breaking: ReadonlySet<string> = new Set([
  'reset',
  'cut',
  'refuse',
  'accept-only',
  'half-close',
  'half-open',
  'cut-in-frame',
]);
/** Until what was sent has left its sender. */
const leavesWithin = 1_000;
/** Of the time until something is sent again: a freeze so short need not be noticed, as handlers may take that much longer. */
const unnoticedShare = 0.25;

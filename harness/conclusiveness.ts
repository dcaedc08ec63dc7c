/** Whether a run tested anything. One that didn't is inconclusive, never green: each doubt is a sentence that says why. */
import type { Course } from './course.ts';
import type { HistoryLine } from './history.ts';
import { neverThere, type Outage } from './outages.ts';
import type { Scenario } from './scenario.ts';
import type { Joined, Ledgers, Transaction } from './transactions.ts';

/** An open loop whose arrivals come later than this, at the 99th percentile, measured its own generator. */
export const allowedLagMs = 20;
/** So many transactions must be due before the first fault, or there is nothing to compare its effect with. */
export const quietTransactions = 50;

export interface Findings {
  readonly scenario: Scenario;
  readonly course: Course;
  readonly joined: Joined;
  readonly outages: readonly Outage[];
  readonly history: readonly HistoryLine[];
  readonly ledgers: Ledgers;
}

export function doubtsOf(findings: Findings): string[] {
  return [
    ...loadDoubts(findings),
    ...faultDoubts(findings),
    ...ledgerDoubts(findings),
    ...recordDoubts(findings.joined),
    ...historyDoubts(findings.history),
  ];
}

function loadDoubts({ scenario, course, joined: { transactions }, outages }: Findings): string[] {
  if (transactions.length === 0) return ['no transaction was invoked'];
  const doubts: string[] = [];
  if (course.ended === undefined && !outages.some(({ node }) => node === 'client')) {
    doubts.push('the load client died, though no fault was meant for it: its history has no end');
  }
  if (scenario.load.model === 'closed') return doubts;
  const lagMs = lagMicros(transactions, outages) / 1000;
  if (lagMs > allowedLagMs) {
    doubts.push(`the generator lagged by ${round(lagMs)} ms at the 99th percentile, more than ${allowedLagMs} ms`);
  }
  const first = outages.find(({ fault }) => fault !== neverThere);
  if (first === undefined) return doubts;
  const quiet = transactions.filter(({ invoked }) => invoked.due < first.begun).length;
  if (quiet < quietTransactions) {
    doubts.push(
      `the quiet window was too short: ${quiet} transactions before the fault, fewer than ${quietTransactions}`,
    );
  }
  return doubts;
}

function faultDoubts({ scenario, outages }: Findings): string[] {
  const silent = scenario.faults.flatMap(({ fault, target }, index) => {
    const outage = outages.find((each) => each.index === index);
    return outage?.fired ? [] : [`the ${fault} on ${outage?.node ?? target} did not fire`];
  });
  const hasHit = (one: Outage) => outages.some((each) => each.hit.length > 0 && isOneStroke(scenario, one, each));
  const missed = outages
    .filter((one) => one.fired && !one.meantIdle && !hasHit(one))
    .map(({ fault, node }) => `the ${fault} on ${node} hit nothing in flight`);
  const untimely = outages
    .filter(({ struckBusy }) => struckBusy)
    .map(({ fault, node }) => `the ${fault} on ${node} was to strike it idle, and struck with a request under way`);
  return [...silent, ...missed, ...untimely];
}

/** What strikes several in the same moment, whatever they have, is one stroke: it hit something if it did so anywhere. */
function isOneStroke({ faults }: Scenario, one: Outage, other: Outage): boolean {
  if (one.index === other.index) return true;
  const [a, b] = [faults[one.index]!, faults[other.index]!];
  return a.trigger === 'now' && b.trigger === 'now' && a.fault === b.fault && a.atMs === b.atMs;
}

function ledgerDoubts({ history, ledgers }: Findings): string[] {
  const unread = [...ledgers].flatMap(([node, lines]) =>
    lines instanceof Error ? [`the ledger of ${node} could not be read: ${lines.message}`] : [],
  );
  const servers = new Set(history.flatMap((line) => (line.kind === 'node' ? [line.node] : [])));
  const missing = [...servers].filter((node) => node.startsWith('server') && !ledgers.has(node)).sort();
  return [...unread, ...missing.map((node) => `the ledger of ${node} is missing`)];
}

/** What a world writes once stands there once. */
function historyDoubts(history: readonly HistoryLine[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const line of history) {
    if (line.kind === 'fault') addTo(seen, twice, `${line.phase} of fault ${line.index}`);
    if (line.kind === 'began' || line.kind === 'ended') addTo(seen, twice, line.kind);
  }
  const doubts = [...twice].map((what) => `the history says twice: ${what}`);
  if (history.length > 0 && !seen.has('began')) doubts.push('the history has no beginning');
  return doubts;
}

function addTo(seen: Set<string>, twice: Set<string>, what: string): void {
  if (seen.has(what)) twice.add(what);
  seen.add(what);
}

/** Records that contradict each other: something was not written down, or twice. */
function recordDoubts({ transactions, executedOnly, settledOnly, invokedTwice }: Joined): string[] {
  const twice = transactions.filter(({ settlements }) => settlements > 1).map(({ invoked }) => invoked.id);
  return [
    ...strays(executedOnly, 'executed but never invoked'),
    ...strays(settledOnly, 'settled but never invoked'),
    ...strays(invokedTwice, 'invoked more than once'),
    ...strays(twice, 'settled more than once'),
  ];
}

function strays(found: Iterable<string | number>, what: string): string[] {
  const all = [...found];
  if (all.length === 0) return [];
  return [`${all.length} ${all.length === 1 ? 'transaction was' : 'transactions were'} ${what}, such as ${all[0]}`];
}

/** What was due while a fault had the generator itself is late by the fault's doing. */
function lagMicros(transactions: readonly Transaction[], outages: readonly Outage[]): number {
  const own = outages.filter(({ node }) => node === 'client');
  const due = transactions.filter(
    ({ invoked }) => !own.some((one) => one.begun <= invoked.due && invoked.due <= one.cured),
  );
  const lags = due.map(({ invoked }) => invoked.at - invoked.due).sort((a, b) => a - b);
  return lags[Math.ceil(lags.length * 0.99) - 1] ?? 0;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}

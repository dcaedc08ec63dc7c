/** The finding of a run in one sentence, and its figures in one line. Both say only what the verdict says. */
import type { Scenario } from '../scenario.ts';
import type { FaultSpan, Judged, Judgement, Verdict } from '../verdict.ts';
import { counted, lies, listed, milliseconds, percent, subject } from './words.ts';

/** With fewer transactions due during the outage than this, their share says nothing about the pool. */
const enoughForShare = 10;

export function finding({ verdict, transactions, faults }: Judgement, scenario: Scenario): string {
  const name = subject(scenario.pattern, scenario.variant);
  if (!verdict.honest) return `${name} LIES: ${listed(lies(verdict))} of ${transactionsOf(verdict)}`;
  const who = verdict.conclusive ? name : `${name}, inconclusive`;
  if (verdict.due === 0) return `${who}: no transaction was due`;
  if (faults.length === 0) return `${who}: ${quietWords(verdict, worstWords(transactions))}`;
  const cause = faultWords(faults);
  const during = transactions.filter(({ dueMs }) =>
    faults.some((span) => span.fromMs <= dueMs && dueMs < span.untilMs),
  );
  const share = during.length < enoughForShare || verdict.outageShare === null ? 1 : verdict.outageShare;
  const inTime = `${share === 0 ? 'none' : percent(share)} served within ${scenario.delayedMs} ms during the outage`;
  if (share < 0.1) return `${who}: ${cause} stopped the whole pool: ${inTime}; it ${tail(verdict)}`;
  if (share < 0.5) return `${who}: ${cause} held up most of the pool: ${inTime}; it ${tail(verdict)}`;
  return `${who}: ${cause} ${[...delays(verdict, transactions, faults), ...harms(verdict)].join(', ')}, and ${lost(verdict)}`;
}

/** `1050 due · 1046 committed · …`; the durations only after a fault, the lies only where there are any. */
export function figures({ verdict, faults }: Judgement): string {
  const counts = [
    `${verdict.due} due`,
    `${verdict.committed} committed`,
    `${verdict.unknown} unknown`,
    `${verdict.refused} refused`,
    `${verdict.delayed} delayed`,
    `${verdict.duplicated} duplicated`,
    `${verdict.lateExecutions} late`,
    ...(verdict.outOfOrder > 0 ? [`${verdict.outOfOrder} out of order`] : []),
    ...lies(verdict),
  ];
  if (faults.length > 0) {
    const spans: [string, number | null][] = [
      ['failover', verdict.failoverMs],
      ['detected after', verdict.detectedMs],
      ['blackout', verdict.blackoutMs],
      ['recovered after', verdict.recoveredMs],
      ['healed after', verdict.healedMs],
      ['last zombie after', verdict.lastZombieMs],
    ];
    for (const [what, ms] of spans) if (ms !== null) counts.push(`${what} ${milliseconds(ms)}`);
  }
  return counts.join(' · ');
}

function transactionsOf(verdict: Verdict): string {
  return counted(verdict.due, 'transaction');
}

function quietWords(verdict: Verdict, worst: string): string {
  const harmed = [...harms(verdict), ...(verdict.lost > 0 ? [lost(verdict)] : [])];
  if (verdict.delayed === 0) return [transactionsOf(verdict), 'none delayed', ...harmed].join(', ');
  return [transactionsOf(verdict), `${verdict.delayed} delayed`, worst, ...harmed].join(', ');
}

/** A fault is not to blame for what was over before it began. */
function delays(verdict: Verdict, transactions: readonly Judged[], faults: readonly FaultSpan[]): string[] {
  const first = Math.min(...faults.map(({ fromMs }) => fromMs));
  const after = transactions.filter(({ dueMs, latencyMs }) => dueMs + latencyMs >= first);
  const [delayed, all] = [after, transactions].map((some) => some.filter((one) => one.delayed).length) as [
    number,
    number,
  ];
  const before = all === delayed ? '' : ` (${all - delayed} more before it)`;
  return [`delayed ${delayed || 'none'} of ${transactionsOf(verdict)}${before}`, worstWords(after)];
}

/** "at least" where the worst is one that never got its answer. */
function worstWords(transactions: readonly Judged[]): string {
  const worst = transactions.reduce((most, { latencyMs }) => Math.max(most, latencyMs), 0);
  const censored = transactions.some((one) => one.censored && one.latencyMs >= worst);
  return `worst ${censored ? 'at least ' : ''}${milliseconds(worst)}`;
}

function tail(verdict: Verdict): string {
  return listed([...harms(verdict), lost(verdict)]);
}

function lost(verdict: Verdict): string {
  return verdict.lost === 0 ? 'lost none' : `lost ${verdict.lost}`;
}

function harms(verdict: Verdict): string[] {
  const kinds: [number, string][] = [
    [verdict.orphaned, 'left $ in doubt'],
    [verdict.refused, 'refused $'],
    [verdict.duplicated, 'ran $ more than once'],
    [verdict.lateExecutions, 'ran $ too late'],
  ];
  return kinds.filter(([count]) => count > 0).map(([count, words]) => words.replace('$', String(count)));
}

/** `the kill of server-2`, `3 kills of server-2`, `a kill of server-1 and a pause of server-2`, `6 faults`. */
function faultWords(faults: readonly FaultSpan[]): string {
  const times = new Map<string, number>();
  for (const { fault, node } of faults) times.set(`${fault} of ${node}`, (times.get(`${fault} of ${node}`) ?? 0) + 1);
  const kinds = [...times].map(([what, count]) => ({ what, times: count }));
  if (kinds.length > 2) return counted(faults.length, 'fault');
  if (kinds.length === 1 && kinds[0]!.times === 1) return `the ${kinds[0]!.what}`;
  return listed(
    kinds.map(({ what, times }) => (times === 1 ? `a ${what}` : `${times} ${what.replace(' of', 's of')}`)),
  );
}

/** What every run must keep, whatever was done to it: judged from what it left behind. */
import { variantOf } from '../../patterns/names.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { duplicateMessage } from '../faults/duplicate-message.ts';
import type { HistoryLine } from '../history.ts';
import type { Scenario } from '../scenario.ts';
import { settingsOf } from '../settings.ts';
import type { Evidence, Judgement } from '../verdict.ts';
import type { Violation } from './violation.ts';
import { zombieOf } from './zombie.ts';

export function brokenLaws(
  pattern: AnyPattern,
  evidence: Evidence,
  { verdict }: Judgement,
  /** Whether what was received there then was turned away. */
  isTurnedAway: (node: string, id: string, at: number) => boolean,
): Violation[] {
  const { scenario } = evidence;
  const [, variant] = variantOf(pattern, scenario.variant);
  const violations: Violation[] = [];
  const law = (kind: string, count: number, detail = `${count} of ${verdict.due}`) => {
    if (count > 0) violations.push({ kind, detail });
  };
  law('phantom', verdict.phantom);
  law('false refusal', verdict.falseRefusals);
  law('mismatched', verdict.mismatched);
  law('stuck', verdict.stuck);
  for (const doubt of verdict.doubts.filter((one) => /^(?!no ).* (invoked|settled)/.test(one)))
    law('records', 1, doubt);
  const delivery = scenario.load.delivery ?? variant.deliveries[0];
  // A message that comes twice is two where nothing is remembered: both run, or one is turned away and the other runs.
  const mayComeTwice = scenario.faults.some(({ fault }) => fault === duplicateMessage.name) && !remembers(scenario);
  const duplicated = mayComeTwice ? 0 : verdict.duplicated;
  if (variant.claims.executes === 'at most once') law('claim: executes at most once', duplicated);
  else if (delivery === 'at-most-once') law('at-most-once executed twice', duplicated);
  if (isSurvivable(pattern, scenario)) {
    const { unknown, refused } = verdict;
    law('claim: survives', unknown + refused, `${unknown} unknown, ${refused} refused of ${verdict.due}`);
  }
  const late = settledLate(evidence);
  if (late !== undefined) law('settled after its deadline', 1, late);
  const settings = settingsOf(pattern, scenario);
  const mayHeal = variant.claims.survives.includes('kill') && !asksTooSoon(scenario, settings);
  const unhealed = mayHeal ? lostAfterHeal(evidence) : 0;
  law('not healed', unhealed, `${unhealed} that were due when everything had healed did not commit`);
  // Heartbeats extend a lease; without them it lasts as long as it says.
  const fixedMs = settings['heartbeatTimeoutMs'] === undefined ? Number(settings['retryMs']) : undefined;
  // A lease that nobody extends counts from when it comes: for how long it lay in its sender's own buffers nobody knows.
  const mayWaitUnsent = fixedMs !== undefined && scenario.network.bufferBytes < roomyBytes;
  const zombie = mayComeTwice || mayWaitUnsent ? undefined : zombieOf(evidence, fixedMs, isTurnedAway);
  if (zombie !== undefined) law('zombie', 1, zombie);
  return violations;
}

/**
 * Whether the variant's claim covers this: it survives every fault there is, one server (and one broker) was never
 * touched and has room for the whole load, nothing is turned away, and the deadline leaves time to find each fault out.
 */
export function isSurvivable(pattern: AnyPattern, scenario: Scenario): boolean {
  const { topology, load, handler, network, faults } = scenario;
  const [, { claims, deliveries }] = variantOf(pattern, scenario.variant);
  const settings = settingsOf(pattern, scenario) as Record<string, number>;
  const delivery = load.delivery ?? deliveries[0];
  if (faults.length > 0 && delivery !== 'at-least-once') return false;
  if (load.timeouts !== 'equal' || load.abandonedShare > 0 || network.highWaterMark < enough) return false;
  // Of a stream that has begun no server can give the rest.
  if (faults.some(({ target }) => target === 'client') || (faults.length > 0 && load.stream)) return false;
  const survives = claims.survives.flatMap((one) => [one, ...(milder[one] ?? [])]);
  if (!claims.survives.includes('none') || !faults.every(({ fault }) => survives.includes(fault))) return false;
  const untouched = (role: string, count: number) =>
    count - new Set(faults.map(({ target }) => target).filter((target) => target.startsWith(role))).size;
  const healthy = untouched('server', topology.servers);
  if (healthy < 1 || (pattern.topology === 'broker' && untouched('broker', topology.brokers) < 1)) return false;
  // A broker that is away takes with it what it held and was not told of: that is a claim of its own.
  if (faults.some(({ target }) => target.startsWith('broker'))) return false;
  const { queueLimit = enough, pendingLimit = enough, slots = enough, window = enough } = settings;
  const { totalQueueLimit = enough, queueLimitBytes = Number.POSITIVE_INFINITY } = settings;
  if (queueLimitBytes < enough * (load.payloadBytes + 1024)) return false;
  if (Math.min(queueLimit, totalQueueLimit, pendingLimit) < enough || window < 64 || slots < 12) return false;
  if (asksTooSoon(scenario, settings)) return false;
  const demand = load.model === 'open' ? load.ratePerSec * Math.max(1, handler.serviceMs + 2) : load.window * 1000;
  const capacity = healthy * handler.concurrency * 1000;
  if (demand > capacity * roomShare) return false;
  const detectionMs = Math.max(1.2 * (settings['heartbeatTimeoutMs'] ?? 0) + 150, (settings['retryMs'] ?? 0) + 50);
  return load.timeoutMs >= (faults.length + 1) * (detectionMs + 8 * network.latencyMs) + slackMs;
}

/**
 * Liveness: what becomes due when all faults are over, and what they left behind has settled or expired, commits. Only a
 * run whose load goes on for so long has any.
 */
function lostAfterHeal({ scenario, history }: Evidence): number {
  if (scenario.load.abandonedShare > 0 || scenario.load.timeouts === 'spread') return 0;
  if (mayDropAnswers(scenario) || isNarrow(scenario)) return 0;
  const cured = history.reduce((last, line) => (line.kind === 'fault' && line.phase === 'cured' ? line.at : last), 0);
  if (cured === 0) return 0;
  const healed = cured + (recoveryMs(scenario) + slackMs) * 1000;
  const due = new Set<number>();
  for (const line of history) if (line.kind === 'invoked' && line.due >= healed) due.add(line.n);
  for (const line of history) if (line.kind === 'settled' && line.outcome === 'committed') due.delete(line.n);
  return due.size;
}

/** One that asks again before a handler is done, or the one before it, drops every answer as the answer to what it asked before. */
function asksTooSoon({ handler }: Scenario, settings: Readonly<Record<string, unknown>>): boolean {
  return Number(settings['retryMs'] ?? Number.POSITIVE_INFINITY) < 2 * handler.serviceMs + 20;
}

/** Whether a server knows every transaction again that it has had. */
function remembers({ settings }: Scenario): boolean {
  const { replyCacheLimit = enough, replyCacheBytes = roomyBytes } = settings as Record<string, number>;
  return replyCacheLimit >= enough && replyCacheBytes >= roomyBytes;
}

/** Few at a time over a slow link: fewer than come. */
function isNarrow({ network, settings }: Scenario): boolean {
  return network.latencyMs > 0 && Number(settings['window'] ?? enough) < windowMin;
}

/** Its askers read slowly, and little is held for them. */
function mayDropAnswers({ network, settings, load }: Scenario): boolean {
  if (network.bufferBytes >= roomyBytes) return false;
  const { queueLimit = enough, queueLimitBytes = Number.POSITIVE_INFINITY } = settings as Record<string, number>;
  return queueLimit < enough || queueLimitBytes < enough * (load.payloadBytes + 1024);
}

/** For how long after the last cure a run may still suffer from what it left behind. */
export function recoveryMs({ load }: Scenario): number {
  return Math.max(longestWaitMs, load.timeoutMs);
}

/** A caller is told by its deadline, but for a timer's lateness. */
function settledLate({ scenario, history }: Evidence): string | undefined {
  if (scenario.faults.some(({ target }) => target === 'client')) return undefined;
  const dueOf = new Map<number, number>();
  for (const line of history) if (line.kind === 'invoked') dueOf.set(line.n, line.due);
  const isLate = (line: HistoryLine & { kind: 'settled' }) =>
    line.at > dueOf.get(line.n)! + (scenario.load.timeoutMs + timerLatenessMs) * 1000;
  const late = history.find(
    (line): line is HistoryLine & { kind: 'settled' } => line.kind === 'settled' && isLate(line),
  );
  if (late === undefined) return undefined;
  return `transaction ${late.n} settled ${(late.at - dueOf.get(late.n)!) / 1000} ms after it was due`;
}

/** Who survives a fault survives those that do less. */
const milder: Readonly<Record<string, readonly string[]>> = {
  kill: ['terminate', 'restart', 'unlist', 'kill-at', 'absent'],
  pause: ['stall'],
};
/** More than a run has transactions. */
const enough = 1024;
const windowMin = 16;
const roomShare = 0.6;
const slackMs = 300;
/** The longest that a machine leaves a peer alone that failed it: two seconds, and the jitter of what comes after. */
const longestWaitMs = 3000;
const timerLatenessMs = 5;
/** Buffers that hold as much as any run sends: in smaller ones a message may wait for long before it leaves. */
export const roomyBytes = 1_000_000;

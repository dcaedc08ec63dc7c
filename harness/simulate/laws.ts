/** What every run must keep, whatever was done to it: judged from what it left behind. */
import { variantOf } from '../../patterns/names.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import type { HistoryLine } from '../history.ts';
import type { Scenario } from '../scenario.ts';
import type { Evidence, Judgement } from '../verdict.ts';
import type { Violation } from './violation.ts';

export function brokenLaws(pattern: AnyPattern, evidence: Evidence, { verdict }: Judgement): Violation[] {
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
  for (const doubt of verdict.doubts.filter((one) => / (invoked|settled)/.test(one))) law('records', 1, doubt);
  const delivery = scenario.load.delivery ?? variant.deliveries[0];
  if (variant.claims.executes === 'at most once') law('claim: executes at most once', verdict.duplicated);
  else if (delivery === 'at-most-once') law('at-most-once executed twice', verdict.duplicated);
  if (isSurvivable(pattern, scenario)) {
    const { unknown, refused } = verdict;
    law('claim: survives', unknown + refused, `${unknown} unknown, ${refused} refused of ${verdict.due}`);
  }
  const late = settledLate(evidence);
  if (late !== undefined) law('settled after its deadline', 1, late);
  const zombie = beganTooLate(evidence);
  if (zombie !== undefined) law('zombie', 1, zombie);
  return violations;
}

/**
 * Whether the variant's claim covers this: it survives every fault there is, one server (and one broker) was never
 * touched and has room for the whole load, nothing is turned away, and the deadline leaves time to find each fault out.
 */
export function isSurvivable(pattern: AnyPattern, scenario: Scenario): boolean {
  const { topology, load, handler, faults } = scenario;
  const [, { claims, deliveries, settings: ofVariant }] = variantOf(pattern, scenario.variant);
  const settings = withDefaults(pattern.settings, scenario.settings, ofVariant) as Record<string, number>;
  const delivery = load.delivery ?? deliveries[0];
  if (faults.length > 0 && delivery !== 'at-least-once') return false;
  if (!claims.survives.includes('none') || !faults.every(({ fault }) => claims.survives.includes(fault))) return false;
  const untouched = (role: string, count: number) =>
    count - new Set(faults.map(({ target }) => target).filter((target) => target.startsWith(role))).size;
  const healthy = untouched('server', topology.servers);
  if (healthy < 1 || (pattern.topology === 'broker' && untouched('broker', topology.brokers) < 1)) return false;
  // A broker that is away takes with it what it held and was not told of: that is a claim of its own.
  if (faults.some(({ target }) => target.startsWith('broker'))) return false;
  const { queueLimit = enough, pendingLimit = enough, slots = enough, window = enough } = settings;
  if (Math.min(queueLimit, pendingLimit) < enough || window < 64 || slots < 12) return false;
  const demand = load.model === 'open' ? load.ratePerSec * Math.max(1, handler.serviceMs + 2) : load.window * 1000;
  const capacity = healthy * handler.concurrency * 1000;
  if (demand > capacity * roomShare) return false;
  const detectionMs = Math.max(1.2 * (settings['heartbeatTimeoutMs'] ?? 0) + 150, (settings['retryMs'] ?? 0) + 50);
  return load.timeoutMs >= (faults.length + 1) * detectionMs + slackMs;
}

/** A caller is told by its deadline, but for a timer's lateness. */
function settledLate({ scenario, history }: Evidence): string | undefined {
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

/**
 * With leases, no attempt begins where a later one has begun elsewhere. Not so where a connection ends while both its
 * ends live, as a broker's death does to those behind it; nor with leases off.
 */
function beganTooLate({ scenario, ledgers }: Evidence): string | undefined {
  if (scenario.settings['leases'] === false) return undefined;
  if (scenario.faults.some(({ target }) => target.startsWith('broker'))) return undefined;
  const later = new Map<string, { attempt: number; at: number; node: string }>();
  for (const [node, lines] of ledgers) {
    if (lines instanceof Error) continue;
    for (const { kind, id, attempt, at } of lines) {
      if (kind !== 'executing') continue;
      const known = later.get(id);
      if (known === undefined || attempt > known.attempt) later.set(id, { attempt, at, node });
    }
  }
  for (const [node, lines] of ledgers) {
    if (lines instanceof Error) continue;
    for (const { kind, id, attempt, at } of lines) {
      const newest = later.get(id);
      if (kind !== 'executing' || newest === undefined || newest.node === node) continue;
      if (attempt < newest.attempt && at > newest.at) {
        return `${node} began attempt ${attempt} of ${id} ${(at - newest.at) / 1000} ms after ${newest.node} attempt ${newest.attempt}`;
      }
    }
  }
  return undefined;
}

/** More than a run has transactions. */
const enough = 1024;
const roomShare = 0.6;
const slackMs = 300;
const timerLatenessMs = 5;

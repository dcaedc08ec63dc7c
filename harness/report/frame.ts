/** What all rows of the timeline share: the axis of time, the margins, and how rows stack. */
import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { courseOf } from '../course.ts';
import type { Evidence, FaultSpan, Judgement } from '../verdict.ts';

export const width = 1200;
export const left = 116;
export const right = 1076;

export interface Frame {
  readonly judgement: Judgement;
  readonly evidence: Evidence;
  /** The last moment on the axis, in milliseconds from the load's beginning. */
  readonly endMs: number;
  /** Milliseconds to pixels; what lies beyond the axis stays at its ends. */
  readonly x: ScaleLinear<number, number>;
  /** When the load began, by the host's clock, in microseconds. */
  readonly origin: number;
}

/** One row: how high it is, and how it is drawn once its place is known. */
export interface Section {
  readonly height: number;
  draw(top: number): string;
}

export function framed(judgement: Judgement, evidence: Evidence): Frame {
  const { began } = courseOf(evidence.history, evidence.scenario.load);
  const bracket = failoverSpan(judgement);
  const moments = [
    evidence.scenario.load.durationMs,
    bracket?.untilMs ?? 0,
    ...judgement.faults.map(({ untilMs }) => untilMs),
    ...judgement.transactions.map(({ dueMs }) => dueMs),
  ];
  const endMs = moments.reduce((last, moment) => (Number.isFinite(moment) && moment > last ? moment : last), 1);
  const x = scaleLinear().domain([0, endMs]).range([left, right]).clamp(true);
  return { judgement, evidence, endMs, x, origin: Number.isFinite(began) ? began : 0 };
}

/**
 * Where the failover lies. The verdict has one figure for all faults together; it belongs to the fault after which a
 * transaction settled just that long.
 */
export function failoverSpan({ verdict, transactions, faults }: Judgement): FaultSpan | undefined {
  const length = verdict.failoverMs;
  if (length === null || faults.length === 0) return undefined;
  const settled = transactions.map(({ dueMs, latencyMs }) => dueMs + latencyMs);
  const miss = (span: FaultSpan) =>
    settled.reduce((least, at) => Math.min(least, Math.abs(at - span.fromMs - length)), Number.MAX_VALUE);
  const owner = faults.reduce((best, span) => (miss(span) < miss(best) ? span : best));
  return { ...owner, untilMs: owner.fromMs + length };
}

/** What a fault is called in the picture: a signal by its name. */
export function faultLabel({ fault, node }: FaultSpan): string {
  const signals: Readonly<Record<string, string>> = { kill: 'SIGKILL', pause: 'SIGSTOP' };
  return `${signals[fault] ?? fault} ${node}`;
}

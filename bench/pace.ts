/**
 * How fast the machine was in a campaign, as its quiet runs tell. In virtual time nothing takes any time of itself: what
 * real messages and real timers cost has to be said, or the simulated world can carry more than the real one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { CompactCell, CompactResult } from '../harness/campaigns/result.ts';
import type { Scenario } from '../harness/scenario.ts';
import { median } from './statistics.ts';

export interface Pace {
  /** From one process to another. */
  readonly hopMs: number;
  /** By how much a handler's timer is late. */
  readonly lateMs: number;
}

/** A transaction with a broker takes two hops more than one without. */
export function hopMs(campaign: CompactResult): number {
  const [direct, brokered] = ['freelance', 'majordomo'].map((name) => quietMs(campaign, name, 'p50Ms'));
  return direct === undefined || brokered === undefined ? 0 : Math.max(0, (brokered - direct) / 2);
}

/** By how much a timer of so long is late here, which no campaign tells apart from how late its own load was. */
export async function timerLateMs(timerMs: number, samples: number): Promise<number> {
  const late: number[] = [];
  for (let i = 0; i < samples; i++) {
    const began = performance.now();
    await delay(timerMs);
    late.push(performance.now() - began - timerMs);
  }
  return Math.max(0, median(late));
}

/** The scenario as that machine would run it. */
export function atPace(scenario: Scenario, { hopMs: hop, lateMs }: Pace): Scenario {
  const { network, handler } = scenario;
  return {
    ...scenario,
    network: { ...network, latencyMs: network.latencyMs + hop },
    handler: { ...handler, serviceMs: handler.serviceMs === 0 ? 0 : handler.serviceMs + lateMs },
  };
}

/** By how much the machine held up one transaction in a hundred where nothing happened to anybody. */
export function hiccupMs(campaign: CompactResult, contestant: string): number {
  const [middle, late] = (['p50Ms', 'p99Ms'] as const).map((figure) => quietMs(campaign, contestant, figure));
  return middle === undefined || late === undefined ? 0 : late - middle;
}

function quietMs(
  { cells }: CompactResult,
  contestant: string,
  figure: keyof CompactCell['figures'],
): number | undefined {
  const cell = cells.find((one) => one.scenario === quietScenario && one.contestant === contestant);
  const samples = (cell?.figures[figure]?.samples ?? []).filter((sample) => sample !== null);
  return samples.length === 0 ? undefined : median(samples);
}

const quietScenario = 'none';

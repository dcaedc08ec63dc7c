/** How fast a machine is, told from what was measured in both worlds. */
import { expect, test } from 'vitest';
import {
  coldPace,
  type Gauge,
  gaugedBy,
  holdUpPace,
  issuePace,
  orderPace,
  paceBetween,
  paceUnderLoad,
  proxyPace,
  startPace,
} from '../../bench/pace.ts';
import type { CompactCell, CompactResult } from '../../harness/campaigns/result.ts';
import type { Pace } from '../../harness/worlds/simulated/pace.ts';

const simulated = { directMs: 7, brokeredMs: 8, detectedMs: 5 };

test('messages take what a broker costs more, and work the rest', () => {
  const { hopMs, workMs, deathMs } = paceBetween({ directMs: 7.6, brokeredMs: 9.1, detectedMs: 17 }, simulated);
  expect(hopMs).toBeCloseTo(0.5);
  expect(workMs).toBeCloseTo(0.1);
  expect(deathMs).toBe(12);
});

test('a faster machine is told to be, and what was not measured takes as long', () => {
  expect(paceBetween({ directMs: 6, brokeredMs: 6.5, detectedMs: 2 }, simulated)).toEqual({
    hopMs: -0.5,
    workMs: -0.5,
    deathMs: -3,
  });
  expect(paceBetween({}, simulated)).toEqual({ hopMs: 0, workMs: 0, deathMs: 0 });
});

/** A world in which a queue empties by what each request takes, and by two messages more where a broker gives them out. */
const world = (
  gauge: Gauge,
  { workMs, hopMs, start, issueMs = 0, attemptMs = 0, coldMs = 0, orderMs = 0, holdUpMs = 0 }: Pace,
): Promise<number> => {
  const { aloneMs = 0, besideMs = 0 } = start ?? {};
  const gauges: Partial<Record<Gauge, number>> = {
    drainedMs: 400 * (3 + workMs),
    drainedByBrokerMs: 400 * (3 + workMs + hopMs),
    issuedMs: 4 + 500 * issueMs,
    begunMs: 4 + 500 * issueMs + 1000 * attemptMs,
    firstMs: 9 + 3 * coldMs,
    obeyedMs: 3 + orderMs,
    heldUpMs: 7 + holdUpMs / 2,
    startedMs: 200 + aloneMs,
    allStartedMs: 1000 + aloneMs + 2 * besideMs,
  };
  return Promise.resolve(gauges[gauge]!);
};

test('queues empty as fast as they did: a server’s by its work, a worker’s by its messages as well', async () => {
  const quiet = { hopMs: 0.2, workMs: 0.1, deathMs: 7 };
  const { hopMs, workMs, deathMs } = await paceUnderLoad(quiet, { drainedMs: 1360, drainedByBrokerMs: 1640 }, world);
  expect([workMs, hopMs, deathMs].map((ms) => Number(ms.toFixed(6)))).toEqual([0.4, 0.7, 7]);
  expect(await paceUnderLoad(quiet, {}, world)).toEqual(quiet);
});

test('processes start as fast as they did, by themselves and beside others', async () => {
  const pace = { hopMs: 0, workMs: 0, deathMs: 0 };
  expect(await startPace(pace, { startedMs: 500, allStartedMs: 1720 }, world)).toEqual({
    start: { aloneMs: 300, besideMs: 210 },
  });
  expect(await startPace(pace, { startedMs: 500 }, world)).toEqual({});
});

test('issuing and handing over take what bursts of them do, and nothing where that shows nowhere', async () => {
  const pace = { hopMs: 0, workMs: 0, deathMs: 0 };
  const { issueMs, attemptMs } = await issuePace(pace, { issuedMs: 9, begunMs: 29 }, world);
  expect(issueMs).toBeCloseTo(0.01);
  expect(attemptMs).toBeCloseTo(0.02);
  expect(await issuePace(pace, { issuedMs: 3, begunMs: 3 }, world)).toEqual({ issueMs: 0, attemptMs: 0 });
  expect(await issuePace(pace, { begunMs: 3 }, world)).toEqual({});
});

test('what is done for the first time takes what a run’s first commit is later by', async () => {
  const pace = { hopMs: 0, workMs: 0, deathMs: 0 };
  expect((await coldPace(pace, { firstMs: 12 }, world)).coldMs).toBeCloseTo(1);
  expect(await coldPace(pace, { firstMs: 8 }, world)).toEqual({ coldMs: 0 });
  expect(await coldPace(pace, {}, world)).toEqual({});
});

test('an order takes what its link obeys later by', async () => {
  const pace = { hopMs: 0, workMs: 0, deathMs: 0 };
  expect((await orderPace(pace, { obeyedMs: 5 }, world)).orderMs).toBeCloseTo(2);
  expect(await orderPace(pace, { obeyedMs: 2 }, world)).toEqual({ orderMs: 0 });
  expect(await orderPace(pace, {}, world)).toEqual({});
});

test('processes are held up for as long as one in a hundred transactions was', async () => {
  const pace = { hopMs: 0, workMs: 0, deathMs: 0 };
  expect(await holdUpPace(pace, { heldUpMs: 9.5 }, world)).toEqual({ holdUpMs: 5 });
  expect(await holdUpPace(pace, { heldUpMs: 6 }, world)).toEqual({ holdUpMs: 0 });
  expect(await holdUpPace(pace, {}, world)).toEqual({});
});

test('a proxy takes half of what a transaction takes more by it', () => {
  expect(proxyPace({ directMs: 7, proxiedMs: 7.8 }).proxyMs).toBeCloseTo(0.4);
  expect(proxyPace({ directMs: 7, proxiedMs: 6.9 })).toEqual({ proxyMs: 0 });
  expect(proxyPace({ directMs: 7 })).toEqual({});
});

test('what is measured twice tells by all of its runs, and what is not, by none', () => {
  const cell = (contestant: string, samples: (number | null)[]) =>
    ({ scenario: 'none', contestant, figures: { p50Ms: { samples } } }) as unknown as CompactCell;
  const cells = [cell('freelance', [5, 6]), cell('freelance again', [8, null]), cell('majordomo', [9, 9])];
  const noiseFloor = { contestant: 'freelance', again: 'freelance again' } as CompactResult['noiseFloor'];
  expect(gaugedBy({ cells, noiseFloor })).toEqual({ directMs: 6, brokeredMs: 9 });
});

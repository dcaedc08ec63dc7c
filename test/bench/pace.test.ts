/** How fast a machine is, told from what was measured in both worlds. */
import { expect, test } from 'vitest';
import { paceBetween } from '../../bench/pace.ts';

const simulated = { directMs: 7, brokeredMs: 8, detectedMs: 5 };

test('messages take what a broker costs more, and work the rest', () => {
  const { hopMs, workMs, deathMs } = paceBetween({ directMs: 7.6, brokeredMs: 9.1, detectedMs: 17 }, simulated);
  expect(hopMs).toBeCloseTo(0.5);
  expect(workMs).toBeCloseTo(0.1);
  expect(deathMs).toBe(12);
});

test('nothing takes less than in virtual time, and what was not measured takes as long', () => {
  expect(paceBetween({ directMs: 6, brokeredMs: 6.5, detectedMs: 2 }, simulated)).toEqual({
    hopMs: 0,
    workMs: 0,
    deathMs: 0,
  });
  expect(paceBetween({}, simulated)).toEqual({ hopMs: 0, workMs: 0, deathMs: 0 });
});

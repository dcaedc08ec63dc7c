import { describe, expect, it } from 'vitest';
import { answerTo, isAnswer, payloadOf, planArrivals } from '../../harness/load.ts';
import { parseScenario, type ScenarioInput } from '../../harness/scenario.ts';

function scenario(load: ScenarioInput['load'], seed = 1) {
  return parseScenario({ name: 'plan', pattern: 'freelance', seed, load });
}

describe('a plan of arrivals', () => {
  it.each(['jittered', 'uniform', 'poisson'] as const)('%s: in order, within the time, at the rate', (arrivals) => {
    const plan = planArrivals(scenario({ arrivals, ratePerSec: 1000, durationMs: 10_000 })).map(({ at }) => at);
    expect(plan.every((at, n) => n === 0 || at >= plan[n - 1]!)).toBe(true);
    expect(plan.at(-1)).toBeLessThan(10_000_000);
    // Three standard deviations of a Poisson count of 10 000.
    expect(Math.abs(plan.length - 10_000)).toBeLessThan(300);
  });

  it('the same seed gives the same plan, another seed another', () => {
    const load = { durationMs: 500 };
    expect(planArrivals(scenario(load, 7))).toEqual(planArrivals(scenario(load, 7)));
    expect(planArrivals(scenario(load, 7))).not.toEqual(planArrivals(scenario(load, 8)));
  });

  it('faults do not change it', () => {
    const quiet = scenario({});
    const faulted = parseScenario({ ...quiet, faults: [{ fault: 'kill', atMs: 1000 }] });
    expect(planArrivals(faulted)).toEqual(planArrivals(quiet));
  });
});

describe('an answer', () => {
  it('is that of one transaction and of no other', () => {
    const one = scenario({ payloadBytes: 64 });
    const request = payloadOf(one, 3);
    expect(request).toHaveLength(64);
    expect(isAnswer(answerTo('load:4', request), 'load:4', request)).toBe(true);
    expect(isAnswer(answerTo('load:5', request), 'load:4', request)).toBe(false);
    expect(isAnswer(answerTo('load:4', payloadOf(one, 4)), 'load:4', request)).toBe(false);
  });
});

/** The statistics of questions alone: what two contestants of the same round are to each other, and how a cost grows. */
import { Bench } from 'tinybench';

import { generator } from '../harness/statistics.ts';

export { type Estimate, estimate, estimateQuantile, generator, median, quantile } from '../harness/statistics.ts';

/** Each sample over its baseline's of the same round, so that what slowed a whole round down is in neither. */
export function ratios(samples: readonly number[], baseline: readonly number[]): number[] {
  if (samples.length !== baseline.length) throw new RangeError('ratios take as many samples as baselines');
  return samples.map((sample, round) => sample / baseline[round]!);
}

/** `cost = a × size ^ exponent`, with the exponent's 95 % interval: 0 is no growth, 1 is in proportion. */
export interface Fit {
  readonly exponent: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Least squares of the logarithms. The interval is Student's, of how far the points lie from the line: so it is wide
 * where the growth is none of a power, as well as where it is noisy.
 * @throws {RangeError} with fewer than three points, or one that has no logarithm.
 */
export function fitted(points: readonly (readonly [size: number, cost: number])[]): Fit {
  if (points.length < 3) throw new RangeError('a fit takes at least three points');
  if (points.some(([size, cost]) => !(size > 0) || !(cost > 0))) throw new RangeError('a fit takes what is above zero');
  const [xs, ys] = [points.map(([size]) => Math.log(size)), points.map(([, cost]) => Math.log(cost))];
  const [x, y] = [mean(xs), mean(ys)];
  const spread = xs.reduce((sum, each) => sum + (each - x) ** 2, 0);
  const exponent = xs.reduce((sum, each, i) => sum + (each - x) * (ys[i]! - y), 0) / spread;
  const residual = xs.reduce((sum, each, i) => sum + (ys[i]! - y - exponent * (each - x)) ** 2, 0);
  const freedom = points.length - 2;
  const reach = (studentOf[freedom - 1] ?? normal) * Math.sqrt(residual / freedom / spread);
  return { exponent, low: exponent - reach, high: exponent + reach };
}

/** What tinybench makes of durations that were measured elsewhere. In milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly mad: number;
  readonly samplesCount: number;
}

/**
 * Puts durations that were measured elsewhere to tinybench. It runs its tasks one after the other, and rounds must
 * alternate between contestants; so the durations are taken first, and are its samples afterwards.
 */
export function spreadOf(name: string, durationsMs: readonly number[]): Spread {
  const bench = new Bench({
    iterations: durationsMs.length,
    time: 0,
    warmup: false,
    retainSamples: true,
    throws: true,
  });
  let next = 0;
  bench.add(name, () => ({ overriddenDuration: durationsMs[next++]!, overriddenIterationCost: 0 }), { async: false });
  bench.runSync();
  const { result } = bench.tasks[0]!;
  if (result.state !== 'completed') throw new Error(`${name}: tinybench says ${result.state}`);
  const { p50, mad, samplesCount } = result.latency;
  return { p50, mad, samplesCount };
}

/** The same in an order that the seed draws. */
export function shuffled<T>(all: readonly T[], seed: number): T[] {
  const random = generator(seed);
  return all
    .map((one) => ({ one, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

/** Student's t at 97.5 %, by degrees of freedom from one; beyond, the normal's is near enough. */
const studentOf = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
const normal = 1.96;

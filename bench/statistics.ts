/**
 * The statistics of all questions: a median, how sure it is, and what two contestants of the same round are to each
 * other. Samples are runs, kills or blocks, never single transactions: those of one run are not independent.
 */
import { Bench } from 'tinybench';

/** A median with its 95 % interval, in the samples' own unit. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** @throws {RangeError} where there are no samples: a figure can't be made of nothing. */
export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new RangeError('a median takes at least one sample');
  return middleOf([...samples].sort(ascending));
}

/** The median, and the percentile bootstrap's 95 % interval of it. The same samples and seed give the same interval. */
export function estimate(samples: readonly number[], seed: number): Estimate {
  const random = generator(seed);
  const again = new Float64Array(samples.length);
  const resampled = Float64Array.from({ length: resamples }, () => {
    for (let place = 0; place < again.length; place++) again[place] = samples[Math.floor(random() * again.length)]!;
    return middleOf(again.sort());
  }).sort();
  return {
    median: median(samples),
    low: resampled[Math.floor(resamples * 0.025)]!,
    high: resampled[Math.ceil(resamples * 0.975) - 1]!,
  };
}

/** Each sample over its baseline's of the same round, so that what slowed a whole round down is in neither. */
export function ratios(samples: readonly number[], baseline: readonly number[]): number[] {
  if (samples.length !== baseline.length) throw new RangeError('ratios take as many samples as baselines');
  return samples.map((sample, round) => sample / baseline[round]!);
}

/** The rule of three: what was seen in none of so many trials is, with 95 %, no more frequent than this. */
export function boundOfNone(trials: number): number {
  return trials === 0 ? 1 : Math.min(1, 3 / trials);
}

/** The value below which that share of the samples lies: the nearest rank, so it is one of them. */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new RangeError('a quantile takes at least one sample');
  const sorted = [...samples].sort(ascending);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
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

/** That quantile, with its interval: as `estimate` does it for the median. */
export function estimateQuantile(samples: readonly number[], share: number, seed: number): Estimate {
  const random = generator(seed);
  const resampled = Float64Array.from({ length: resamples }, () =>
    quantile(
      samples.map(() => samples[Math.floor(random() * samples.length)]!),
      share,
    ),
  ).sort();
  const [low, high] = [resampled[Math.floor(resamples * 0.025)]!, resampled[Math.ceil(resamples * 0.975) - 1]!];
  return { median: quantile(samples, share), low, high };
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

/** Mulberry32: hundreds of thousands of draws an estimate, which keyed ones are too slow for. In [0, 1). */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function middleOf(sorted: ArrayLike<number>): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function ascending(a: number, b: number): number {
  return a - b;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

const resamples = 10_000;
/** Student's t at 97.5 %, by degrees of freedom from one; beyond, the normal's is near enough. */
const studentOf = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
const normal = 1.96;

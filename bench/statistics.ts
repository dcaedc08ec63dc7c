/**
 * The statistics of all questions: a median, how sure it is, and what two contestants of the same round are to each
 * other. Samples are runs, kills or blocks, never single transactions: those of one run are not independent.
 */
import { Bench } from 'tinybench';
import { draw } from '../patterns/parts/chance.ts';

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
  const resampled = Float64Array.from({ length: resamples }, (_, turn) => {
    const again = samples.map((_, place) => samples[Math.floor(draw(seed, `${turn}:${place}`) * samples.length)]!);
    return middleOf(again.sort(ascending));
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

function middleOf(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function ascending(a: number, b: number): number {
  return a - b;
}

const resamples = 10_000;

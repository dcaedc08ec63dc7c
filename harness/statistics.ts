/**
 * The statistics of everything that is repeated: a median or a quantile, and how sure it is. Samples are runs, kills or
 * blocks, never single transactions: those of one run are not independent.
 */

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
  const [first] = samples;
  if (first !== undefined && samples.every((sample) => sample === first))
    return { median: first, low: first, high: first };
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

/** The value below which that share of the samples lies: the nearest rank, so it is one of them. */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new RangeError('a quantile takes at least one sample');
  const sorted = [...samples].sort(ascending);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
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

const resamples = 10_000;

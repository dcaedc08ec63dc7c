/**
 * How sure a count is, with 95 %. The trials are runs or faults, never the transactions of one run: those share its fate.
 * For the theory: L. D. Brown, T. T. Cai, A. DasGupta, "Interval Estimation for a Binomial Proportion", 2001.
 */

/** Bounds of a share of one. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Wilson's score interval: for shares that are neither rare nor nearly all. Everything is possible where nothing was tried. */
export function wilson(hits: number, trials: number): Interval {
  checkCounts(hits, trials);
  if (trials === 0) return { low: 0, high: 1 };
  const share = hits / trials;
  const z2 = z * z;
  const middle = (share + z2 / (2 * trials)) / (1 + z2 / trials);
  const half = (z * Math.sqrt((share * (1 - share) + z2 / (4 * trials)) / trials)) / (1 + z2 / trials);
  return { low: hits === 0 ? 0 : middle - half, high: hits === trials ? 1 : middle + half };
}

/**
 * Clopper and Pearson's exact interval: for rare counts. Where none (or all) were hit, the one bound that is left has all of
 * the 5 %: none of n is at most 1 - 0.05^(1/n), which the rule of three takes for 3/n.
 */
export function exact(hits: number, trials: number): Interval {
  checkCounts(hits, trials);
  if (trials === 0) return { low: 0, high: 1 };
  if (hits === 0) return { low: 0, high: 1 - miss ** (1 / trials) };
  if (hits === trials) return { low: miss ** (1 / trials), high: 1 };
  // At the low bound so many hits or more are seen in 2.5 % of cases, at the high bound so many or fewer.
  const low = crossing((share) => 1 - atMost(hits - 1, trials, share) >= miss / 2);
  const high = crossing((share) => atMost(hits, trials, share) <= miss / 2);
  return { low, high };
}

/** The least share of which it is so, where it is so of every greater one. */
function crossing(isSo: (share: number) => boolean): number {
  let [no, yes] = [0, 1];
  for (let turn = 0; turn < 60; turn++) {
    const middle = (no + yes) / 2;
    if (isSo(middle)) yes = middle;
    else no = middle;
  }
  return (no + yes) / 2;
}

/** The chance of so many hits or fewer: the binomial distribution, summed by logarithms so that no term overflows. */
function atMost(hits: number, trials: number, share: number): number {
  if (share <= 0) return 1;
  if (share >= 1) return hits >= trials ? 1 : 0;
  const odds = Math.log(share) - Math.log1p(-share);
  let term = trials * Math.log1p(-share);
  let sum = Math.exp(term);
  for (let k = 1; k <= hits; k++) {
    term += Math.log((trials - k + 1) / k) + odds;
    sum += Math.exp(term);
  }
  return Math.min(1, sum);
}

function checkCounts(hits: number, trials: number): void {
  if (!(hits >= 0 && hits <= trials)) throw new RangeError(`${hits} of ${trials} is no count`);
}

/** What is left out of 95 %. */
const miss = 0.05;
/** The normal distribution's 97.5 % point. */
const z = 1.959963984540054;

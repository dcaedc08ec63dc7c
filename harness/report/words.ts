/** How reports name things and write figures: the same in the table, the timeline and the sentence above it. */
import { exact } from '../intervals.ts';
import type { Verdict } from '../verdict.ts';

/** A pattern by its name, with the variant where that is not the default. */
export function subject(pattern: string, variant: string | undefined): string {
  return variant === undefined || variant === '' || variant === 'default' ? pattern : `${pattern}/${variant}`;
}

/** Two figures that matter, in the unit that suits them: `0.4 ms`, `41 ms`, `1.3 s`, `13 s`. */
export function milliseconds(value: number): string {
  if (value >= 9950) return `${Math.round(value / 1000)} s`;
  if (value >= 999.5) return `${Math.round(value / 100) / 10} s`;
  return value >= 9.95 || value === 0 ? `${Math.round(value)} ms` : `${Math.round(value * 10) / 10} ms`;
}

/** A share of one; never rounded up to all, nor down to none. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return '<1 %';
  if (share < 1 && share >= 0.99) return `${Math.floor(share * 1000) / 10} %`;
  return `${Math.round(share * 100)} %`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `a, b and c`. */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

export type Lies = Pick<Verdict, 'phantom' | 'falseRefusals' | 'mismatched' | 'stuck'>;

/** What was said and is not so. Empty for an honest run. */
export function lies(verdict: Lies): string[] {
  const kinds: [number, string][] = [
    [verdict.phantom, 'phantom'],
    [verdict.falseRefusals, verdict.falseRefusals === 1 ? 'false refusal' : 'false refusals'],
    [verdict.mismatched, 'mismatched'],
    [verdict.stuck, 'stuck'],
  ];
  return kinds.filter(([count]) => count > 0).map(([count, kind]) => `${count} ${kind}`);
}

/** How often something was seen, and how sure that is: `0 of 200 kills (under 1.5 %)`. */
export function rarely(hits: number, trials: number, one: string): string {
  const count = `${hits} of ${counted(trials, one)}`;
  if (trials === 0) return count;
  const { low, high } = exact(hits, trials);
  if (hits === 0) return `${count} (under ${tenths(high)} %)`;
  if (hits === trials) return `${count} (over ${tenths(low)} %)`;
  return `${count} (${tenths(low)} % to ${tenths(high)} %)`;
}

function tenths(share: number): number {
  return Math.round(share * 1000) / 10;
}

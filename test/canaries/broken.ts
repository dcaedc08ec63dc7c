/** Freelance with one thing broken: what the harness must convict by name, or it proves nothing. */
import { freelance } from '../../patterns/freelance/pattern.ts';
import type { Effects } from '../../patterns/machine.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';

/** A pattern that claims what Freelance claims, but for what is given. */
export function broken(name: string, about: string, parts: Partial<AnyPattern>): AnyPattern {
  return { ...freelance, name, about, ...parts } as AnyPattern;
}

/**
 * Whether this transaction is one of those that are done wrong: one in twenty, drawn by its number. So it is wrong
 * whatever else there is, and a run can be cut down to it.
 */
export function isVictim(effects: Effects, canary: string, sequence: number): boolean {
  return effects.draw(`${canary}:${sequence}`) * 20 < 1;
}

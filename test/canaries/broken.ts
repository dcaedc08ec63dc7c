/** Freelance with one thing broken: what the harness must convict by name, or it proves nothing. */
import { freelance } from '../../patterns/freelance/pattern.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';

/** A pattern that claims what Freelance claims, but for what is given. */
export function broken(name: string, about: string, parts: Partial<AnyPattern>): AnyPattern {
  return { ...freelance, name, about, ...parts } as AnyPattern;
}

/** Every so manieth is done wrong: often enough to happen in a short run, seldom enough to hide in a count. */
export function everyNth(n: number): () => boolean {
  let count = 0;
  return () => ++count % n === 0;
}

import type { AnyPattern } from '../../patterns/pattern.ts';
import type { Terms } from './terms.ts';
import type { World } from './world.ts';

/** A pattern's variant under test. */
export interface Subject {
  readonly world: World;
  readonly terms: Terms;
  readonly pattern: AnyPattern;
}

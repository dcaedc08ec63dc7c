/** Every pattern and variant, for trials that are made of each. */
import { findPatterns } from '../../harness/registry.ts';
import type { AnyPattern, Variant } from '../../patterns/pattern.ts';

export interface Subject {
  /** `pattern/variant`. */
  readonly title: string;
  readonly pattern: AnyPattern;
  readonly variantName: string;
  readonly variant: Variant;
}

export async function subjects(of: string): Promise<Subject[]> {
  const all: Subject[] = [];
  for (const { pattern } of (await findPatterns()).values()) {
    for (const [variantName, variant] of Object.entries(pattern.variants)) {
      all.push({ title: `${pattern.name}/${variantName}`, pattern, variantName, variant });
    }
  }
  return all.filter(({ title }) => title.includes(of));
}

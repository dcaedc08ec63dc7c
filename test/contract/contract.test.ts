import { expect, test } from 'vitest';
import { brokerlessReq } from '../../patterns/brokerless-req/pattern.ts';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { contract } from './contract.ts';
import { terms } from './terms.ts';

const patterns: readonly AnyPattern[] = [brokerlessReq, freelance, majordomo];
const subjects = patterns.flatMap((pattern) =>
  Object.keys(pattern.variants).map((variant) => ({ pattern, variant, name: `${pattern.name}/${variant}` })),
);

for (const { pattern, variant, name } of subjects) {
  if (terms[name] !== undefined) contract(pattern, variant, terms[name]);
}

test('every variant has terms, and every term a variant', () => {
  expect(Object.keys(terms).sort()).toEqual(subjects.map(({ name }) => name).sort());
});

import { expect, test } from 'vitest';
import { patterns } from '../patterns/all-patterns.ts';
import { contract } from './contract.ts';
import { terms } from './terms.ts';

const subjects = patterns.flatMap((pattern) =>
  Object.keys(pattern.variants).map((variant) => ({ pattern, variant, name: `${pattern.name}/${variant}` })),
);

for (const { pattern, variant, name } of subjects) {
  if (terms[name] !== undefined) contract(pattern, variant, terms[name]);
}

test('every variant has terms, and every term a variant', () => {
  expect(Object.keys(terms).sort()).toEqual(subjects.map(({ name }) => name).sort());
});

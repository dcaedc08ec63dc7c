import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { patterns } from '../patterns/all-patterns.ts';
import { terms } from './terms.ts';

test('every variant has terms, and every term a variant', () => {
  const names = patterns.flatMap((pattern) => Object.keys(pattern.variants).map((one) => `${pattern.name}/${one}`));
  expect(Object.keys(terms).sort()).toEqual(names.sort());
});

test('every pattern is held to it', () => {
  const files = readdirSync(new URL('.', import.meta.url));
  expect(files).toEqual(expect.arrayContaining(patterns.map(({ name }) => `${name}.test.ts`)));
});

import { expect, test } from 'vitest';
import { begunAt, newId } from '../../harness/run-id.ts';

test('a name says when its run began', () => {
  const before = Date.now();
  const id = newId('freelance', 'default', 'kill');
  expect(id).toMatch(/^\d{8}-\d{6}-freelance-default-kill-[0-9a-z]{1,4}$/);
  expect(begunAt(id)).toBe(Math.floor(begunAt(id) / 1000) * 1000);
  expect(begunAt(id)).toBeGreaterThan(before - 1000);
  expect(begunAt(id)).toBeLessThanOrEqual(Date.now());
});

test('of another name nothing is known', () => {
  expect(begunAt('yesterday')).toBeNaN();
});

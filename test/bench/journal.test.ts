import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Journal } from '../../bench/journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a journal goes on where it was torn, and begins anew unless it is told to go on', async () => {
  const path = join(folder, 'runs', 'question.jsonl');
  const looked: string[] = [];
  const ask = async (journal: Journal<number>, ...keys: string[]) => {
    for (const key of keys) await journal.once(key, () => Promise.resolve(looked.push(key)));
  };
  await ask(new Journal(path, false), 'a', 'b');
  appendFileSync(path, '["c", 1');
  const resumed = new Journal<number>(path, true);
  await ask(resumed, 'a', 'b', 'c');
  expect(looked).toEqual(['a', 'b', 'c']);
  await ask(new Journal(path, true), 'a', 'b', 'c');
  expect(looked).toEqual(['a', 'b', 'c']);
  const anew = new Journal<number>(path, false);
  await ask(anew, 'a');
  expect(looked).toEqual(['a', 'b', 'c', 'a']);
  anew.end();
  expect(existsSync(path)).toBe(false);
});

test('what does not stand is looked for again, by whoever knows what was found before', async () => {
  const path = join(folder, 'runs', 'doubtful.jsonl');
  const isEven = (found: number) => found % 2 === 0;
  const ask = (journal: Journal<number>) => journal.once('a', async (before = 0) => before + 1, isEven);
  expect(await ask(new Journal(path, false))).toBe(1);
  expect(await ask(new Journal(path, true))).toBe(2);
  expect(await ask(new Journal(path, true))).toBe(2);
});

/**
 * A regression that would pass with its bug in place keeps nobody from it. Here the mend of some is undone in a copy of
 * what was built, and the scenario must break again: another key for a draw, or another course, and it may not, and then
 * wants another seed.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entry = join(root, 'dist/test/simulated/nodes/attempt.js');
const execute = promisify(execFile);

/** What is undone, in which file. */
const mends: readonly [regression: string, file: string, mended: string, before: string][] = [
  [
    'idle-server-takes-its-rest-for-a-freeze',
    'patterns/parts/stall-watch.js',
    'const isOfLate = this.#last <= this.#widestUntil + this.#backlogTime;',
    'const isOfLate = true;',
  ],
  [
    'short-freeze-outlives-a-short-lease',
    'patterns/parts/stall-watch.js',
    'Math.min(this.#tolerance, Math.floor(lease / 3))',
    'this.#tolerance',
  ],
  [
    'a-worker-that-is-not-heard-holds-no-lease',
    'patterns/majordomo/conversation.js',
    'Math.min(this.#aliveUntil, heard)',
    'this.#aliveUntil',
  ],
  [
    'the-end-of-an-answer-waits-for-its-parts',
    'patterns/parts/outbox.js',
    '(!stream.isBroken && !stream.held)',
    '!stream.isBroken',
  ],
  [
    'what-comes-back-after-its-turn-is-held',
    'patterns/parts/outbox.js',
    'this.#sent.get(token) ?? this.#sentBefore.get(token)',
    'this.#sent.get(token)',
  ],
  [
    'taken-from-a-silent-server-and-come-back',
    'harness/simulate/dealings.js',
    'this.#cameBack(attempt.sequence)',
    'this.#again.delete(attempt.sequence)',
  ],
  ['a-request-that-lay-with-its-frozen-sender', 'harness/simulate/zombie.js', 'sender.frozeOver(seen)', 'false'],
  [
    'a-death-that-is-read-of-after-the-next-life',
    'harness/simulate/zombie.js',
    'readOfAPast(since, seen.node, endpointsOf(this.#history, seen.node))',
    'false',
  ],
  [
    'a-broker-that-a-slow-client-takes-for-silent',
    'harness/simulate/zombie.js',
    'this.#foundSilent(since, sending.peer)',
    'false',
  ],
  ...['what-a-link-delivers-twice-goes-to-one-worker', 'what-a-link-delivers-twice-is-not-refused'].map(
    (regression): [string, string, string, string] => [
      regression,
      'patterns/majordomo/message-numbers.js',
      '((number - latest) | 0) <= 0',
      'false',
    ],
  ),
];

it.each(mends)('%s', { timeout: 60_000 }, async (regression, file, mended, before) => {
  const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const part of ['patterns', 'harness'])
    cpSync(join(root, 'dist', part), join(folder, 'dist', part), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const path = join(folder, 'dist', file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(mended);
  writeFileSync(path, text.replace(mended, before));

  const scenario = join(root, `test/regressions/${regression}.json`);
  const { stdout } = await execute(process.execPath, [entry, folder, scenario]);
  const { violations, due, committed } = JSON.parse(stdout) as { violations: []; due: number; committed: number };
  // What an idle server does not execute breaks no law.
  expect(violations.length + due - committed).toBeGreaterThan(0);
});

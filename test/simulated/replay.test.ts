/** What a real run's machines were told, told once more, has them do the same; and a recording that was altered shows. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readLines } from '../../harness/history.ts';
import { findPattern } from '../../harness/registry.ts';
import type { RecordedLine } from '../../harness/replay/recording.ts';
import { replayLines } from '../../harness/replay/replay.ts';
import { command } from '../cli/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each(['brokerless-req', 'freelance', 'majordomo'])('%s, with a server killed', { timeout: 60_000 }, async (name) => {
  const faults = [{ fault: 'kill', target: 'server-1', atMs: 300, durationMs: 100 }];
  const load = { ratePerSec: 200, durationMs: 800 };
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ name, pattern: name, seed: 1, load, faults, restart: 'after:100' }));
  const runs = join(folder, name);
  await command('run', file, '--record', '--runs', runs);
  const run = join(runs, readdirSync(runs)[0]!);
  const { code, stdout } = await command('replay', run, '--json');
  const { same, nodes } = JSON.parse(stdout) as { same: boolean; nodes: { lives: number; outputs: number }[] };
  expect([code, same]).toEqual([0, true]);
  expect(Math.max(...nodes.map(({ lives }) => lives))).toBe(2);
  for (const { outputs } of nodes) expect(outputs).toBeGreaterThan(10);

  const { pattern } = await findPattern(name);
  const lines = readLines<RecordedLine>(join(run, 'recordings', 'client.jsonl'));
  const settled = lines.findIndex((line) => 'did' in line && line.did === 'settle');
  const altered = lines.with(settled, { did: 'settle', given: [0, 'unsent', null] });
  expect(replayLines(pattern, lines).difference).toBeUndefined();
  expect(replayLines(pattern, altered).difference).toContain('recorded {"did":"settle","given":[0,"unsent",null]}');
});

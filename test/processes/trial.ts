/** Makes one of the trials of test/endurance in its short form, as `npm run endurance` does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { TrialResult } from '../endurance/trial.ts';

const main = fileURLToPath(new URL('../../dist/test/endurance/main.js', import.meta.url));

export async function trial(name: string, ...more: readonly string[]): Promise<TrialResult> {
  const args = [main, '--quick', '--json', '--only', name, ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect(stderr).toBe('');
  const { results } = JSON.parse(stdout) as { results: TrialResult[] };
  return results[0]!;
}

/** The client is a process as any other: what is done to it means the same in both worlds. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { HistoryLine } from '../../harness/history.ts';
import type { Summary } from '../../harness/summary.ts';
import { command } from '../cli/command.ts';

vi.setConfig({ testTimeout: 60_000 });
const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
const runs = join(folder, 'runs');
afterAll(() => rmSync(folder, { recursive: true }));

interface Ran extends Summary {
  readonly history: readonly HistoryLine[];
}

async function runIn(world: string, fault: string, options: object, more: object = {}): Promise<Ran> {
  const path = join(folder, `${world}-${fault}-${Object.keys(more).join()}.json`);
  // On a busy machine a process may take seconds to come back.
  const load = { model: 'closed', window: 1, durationMs: comesBack.has(fault) ? 6000 : 1600 };
  const event = { fault, target: 'client', atMs: 400, durationMs: 400, trigger: 'now', with: options };
  writeFileSync(
    path,
    JSON.stringify({ name: 'client', pattern: 'freelance', seed: 3, load, faults: [event], ...more }),
  );
  const { stdout } = await command('run', path, '--world', world, '--json', '--runs', runs);
  const summary = JSON.parse(stdout) as Summary;
  const lines = readFileSync(join(runs, summary.id, 'history.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  return { ...summary, history: lines.map((line) => JSON.parse(line) as HistoryLine) };
}

const comesBack: ReadonlySet<string> = new Set(['restart', 'terminate']);

describe.concurrent.each(['processes', 'simulated'])('in the world of %s', (world) => {
  it.each(['restart', 'terminate'])(
    '%s: it ends what it has begun and begins nothing more; its next life asks on',
    async (fault) => {
      const { row, history } = await runIn(world, fault, {});
      expect(row).toMatchObject({ committed: row.due, refused: 0, unknown: 0, honest: true });
      const states = history.flatMap((line) => (line.kind === 'node' && line.node === 'client' ? [line.state] : []));
      expect(states.slice(0, 3)).toEqual(['up', 'dead', 'up']);
      const askers = new Set(history.flatMap((line) => (line.kind === 'invoked' ? [line.id.split(':')[0]] : [])));
      expect(askers.size).toBe(2);
    },
  );

  it('terminate: what does not end in the time it is given is given up, and its caller is told', async () => {
    const { history } = await runIn(world, 'terminate', {}, { handler: { serviceMs: 3000 } });
    const [first] = history.filter((line) => line.kind === 'invoked');
    const settled = history.find((line) => line.kind === 'settled' && line.n === first!.n);
    expect(settled).toMatchObject({ outcome: 'unknown', code: 'abandoned' });
  });

  it('stall: nothing is asked meanwhile, and what was open is answered later', async () => {
    const { row, history } = await runIn(world, 'stall', {});
    expect(row).toMatchObject({ committed: row.due, refused: 0, unknown: 0, honest: true });
    expect(longestGapMs(history)).toBeGreaterThan(350);
  });

  it('slow: each answer is read so much later', async () => {
    const { row, history } = await runIn(world, 'slow', { byMs: 60 });
    expect(row).toMatchObject({ committed: row.due, refused: 0, unknown: 0, honest: true });
    // Heartbeats are read slowly, too: between two answers come some of them.
    const lostMs = gapsMs(history).reduce((sum, ms) => (ms > 50 ? sum + ms : sum), 0);
    expect(lostMs).toBeGreaterThan(150);
  });
});

/** Times without any transaction that begins. */
function gapsMs(history: readonly HistoryLine[]): number[] {
  const asked = history.flatMap((line) => (line.kind === 'invoked' ? [line.at] : []));
  return asked.slice(1).map((at, n) => (at - asked[n]!) / 1000);
}

function longestGapMs(history: readonly HistoryLine[]): number {
  return Math.max(...gapsMs(history));
}

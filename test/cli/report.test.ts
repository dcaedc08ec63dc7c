import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../harness/run.ts';
import { parseScenario } from '../../harness/scenario.ts';
import { command } from './command.ts';

const runs = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(runs, { recursive: true }));

let folder: string;
beforeAll(async () => {
  const load = { ratePerSec: 50, durationMs: 500 };
  const scenario = parseScenario({ name: 'short', pattern: 'freelance', seed: 1, load });
  folder = join(runs, (await run(scenario, { runsFolder: runs, world: 'simulated' })).id);
});

describe('report', () => {
  it('draws a run again, as it was drawn when it was made', async () => {
    const page = join(folder, 'index.html');
    const [before, timeline] = [readFileSync(page, 'utf8'), readFileSync(join(folder, 'timeline.svg'), 'utf8')];
    rmSync(page);
    expect(await command('report', folder)).toEqual({ code: 0, stdout: `${page}\n`, stderr: '' });
    expect(readFileSync(page, 'utf8')).toBe(before);
    expect(readFileSync(join(folder, 'timeline.svg'), 'utf8')).toBe(timeline);
    // Nothing went wrong.
    expect(existsSync(join(folder, 'space-time.svg'))).toBe(false);
  });

  it('draws all runs of a folder, and the field beside the page', async () => {
    expect(await command('report', runs)).toEqual({ code: 0, stdout: `${join(runs, 'index.html')}\n`, stderr: '' });
    for (const file of ['grid.svg', 'percentiles.svg'])
      expect(readFileSync(join(runs, file), 'utf8')).toMatch(/^<svg /);
  });

  it('says in one line which file it can’t read', async () => {
    writeFileSync(join(folder, 'history.jsonl'), 'no line of ours\n');
    const { code, stderr } = await command('report', runs);
    expect(code).toBe(1);
    expect(stderr).toBe(`privateer: ${join(folder, 'history.jsonl')}, line 1, is not JSON\n`);
  });
});

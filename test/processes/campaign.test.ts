/** A campaign with real processes: stopped by Ctrl-C in the middle of a run, it leaves none behind, and goes on, by more blocks. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CompactResult } from '../../harness/campaigns/result.ts';
import { command, start, until } from '../cli/command.ts';
import { processesWith } from '../endurance/command-lines.ts';
import { has } from '../needs.ts';

const runs = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(runs, { recursive: true }));

const options = ['--pattern', 'freelance', '--scenario', 'kill-and-restart', '--seed', '3'];
const short = ['--duration', '1500', '--rate', '100'];

describe.runIf(has('/proc', 'to see the processes of this machine'))('a campaign', () => {
  it('is stopped by Ctrl-C, refuses to go on as another one, and goes on as it was begun, or longer', async () => {
    const harness = start(['compare', '--repeat', '1', ...options, ...short, '--runs', runs]);
    let said = '';
    harness.stderr!.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
    const ended = once(harness, 'close') as Promise<[number | null]>;
    await until('the second run is under load', () => historiesUnderLoad() >= 2, 30_000);
    harness.kill('SIGINT');
    const [code] = await ended;
    const folder = join(runs, readdirSync(runs)[0]!);
    expect(said).toContain(`privateer compare --resume ${folder}\n`);
    expect(said).toContain('stopped by SIGINT');
    expect(code).toBe(130);
    await until('every child is gone', () => processesWith(runs).length === 0, 2000);
    const before = summaries();
    expect(before.length).toBeGreaterThan(0);
    expect(resultIn(folder)).toMatchObject({ finished: false });

    const resume = ['compare', '--resume', folder];
    const other = await command(...resume, '--seed', '4');
    expect(other.stderr).toBe(
      `privateer: seed: "--seed 4" is not allowed; ${folder} was begun with --seed 3, and goes on as it was begun\n`,
    );
    expect(other.code).toBe(2);

    const { stdout, stderr, code: finalCode } = await command(...resume, '--repeat', '2', ...options, '--json');
    const result = JSON.parse(stdout) as CompactResult;
    expect(stderr).toBe('');
    expect(summaries()).toEqual(expect.arrayContaining(before));
    expect(result).toMatchObject({
      finished: true,
      honest: true,
      repeats: 2,
      command: `privateer compare --repeat 2 ${[...options, ...short].join(' ')}`,
      seed: 3,
      id: folder.slice(runs.length + 1),
    });
    const shorter = await command(...resume, '--repeat', '1');
    expect(shorter.stderr).toContain('repeat: "--repeat 1" is not allowed');
    expect(shorter.stderr).toContain('has 2 blocks, and goes on with as many or more');
    expect(shorter.code).toBe(2);

    // A machine that is busy elsewhere may prove nothing: that is said, and is no success.
    expect(finalCode).toBe(result.conclusive && result.keepsClaims ? 0 : 1);
    expect(readFileSync(join(folder, 'index.html'), 'utf8')).toContain('<h2>Figures</h2>');
    const made = result.cells.flatMap((cell) => cell.runs);
    expect(new Set(made.map(({ block, seed }) => `${block}: ${seed}`))).toEqual(new Set(['0: 3', '1: 4']));
    expect(made.length).toBe(summaries().length);
    const [own, again] = result.cells.map((cell) => cell.runs.find(({ block }) => block === 0)!.folder);
    expect(struckBy(folder, own!)).toBe(struckBy(folder, again!));
    for (const { runs: ofCell, figures } of result.cells) {
      const counted = ofCell.filter(({ counts }) => counts).length;
      expect(figures.p50Ms?.samples.length ?? 0).toBe(counted);
    }
  }, 150_000);
});

function historiesUnderLoad(): number {
  return filesNamed('history.jsonl').filter((path) => readFileSync(path, 'utf8').includes('"kind":"settled"')).length;
}

function summaries(): string[] {
  return filesNamed('summary.json');
}

function filesNamed(name: string): string[] {
  const all = readdirSync(runs, { recursive: true, encoding: 'utf8' });
  return all.filter((path) => path.endsWith(`/${name}`)).map((path) => join(runs, path));
}

function resultIn(folder: string): object {
  return JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as object;
}

/** The fault, its target and its exact time, as the run has them resolved. */
function struckBy(folder: string, run: string): string {
  expect(existsSync(join(folder, run, 'timeline.svg'))).toBe(true);
  const { faults } = JSON.parse(readFileSync(join(folder, run, 'scenario.json'), 'utf8')) as { faults: unknown };
  return JSON.stringify(faults);
}

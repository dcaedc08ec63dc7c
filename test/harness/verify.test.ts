/** No line of a run can be taken away, doubled or altered without its summary becoming untrue. */
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestsOf } from '../../harness/evidence.ts';
import { run } from '../../harness/run.ts';
import { parseScenario } from '../../harness/scenario.ts';
import type { Summary } from '../../harness/summary.ts';
import { verify } from '../../harness/verify.ts';

const runs = mkdtempSync(join(tmpdir(), 'privateer-verify-'));
afterAll(() => rmSync(runs, { recursive: true }));
let folder: string;

beforeAll(async () => {
  const scenario = parseScenario({
    name: 'small',
    pattern: 'freelance',
    seed: 3,
    load: { ratePerSec: 60, durationMs: 1500, timeoutMs: 1500 },
    handler: { serviceMs: 20 },
    restart: 'after:200',
    faults: [
      { fault: 'kill', target: 'server-1', atMs: 900, durationMs: 200 },
      { fault: 'pause', target: 'server-2', atMs: 1100, durationMs: 200, trigger: 'now' },
    ],
  });
  folder = join(runs, (await run(scenario, { runsFolder: runs, world: 'simulated' })).id);
  // What a world writes that ran into nothing: a victim that was missed.
  const path = join(folder, 'history.jsonl');
  const missed = { kind: 'missed', fault: 'kill', index: 0, node: 'server-1', from: 1, at: 2 };
  writeFileSync(path, `${readFileSync(path, 'utf8')}${JSON.stringify(missed)}\n`);
  bringIntoStep();
});

/** The summary's digests as of now: what it says of the run stays. */
function bringIntoStep(): void {
  const path = join(folder, 'summary.json');
  const summary = JSON.parse(readFileSync(path, 'utf8')) as Summary;
  writeFileSync(path, JSON.stringify({ ...summary, files: digestsOf(folder) }));
}

/** Does something to a file, hears what `verify` says of it, and undoes it. */
async function meddled(file: string, text: string): Promise<string[]> {
  const path = join(folder, file);
  const before = readFileSync(path);
  writeFileSync(path, text);
  try {
    const { true: isTrue, differences } = await verify(folder);
    expect(isTrue).toBe(differences.length === 0);
    return differences.map(({ field }) => field);
  } finally {
    writeFileSync(path, before);
  }
}

const linesOf = (file: string) => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
const files = () => ['history.jsonl', ...readdirSync(join(folder, 'ledgers')).map((name) => `ledgers/${name}`)];

/** The first and the last line of each kind there is. */
function placesOf(lines: readonly string[]): Map<string, number[]> {
  const byKind = new Map<string, number[]>();
  for (const [place, line] of lines.entries()) {
    const { kind, phase, state, up } = JSON.parse(line) as Record<string, unknown>;
    const name = [kind, phase, state, up].filter((part) => part !== undefined).join(' ');
    byKind.set(name, [...(byKind.get(name) ?? []), place]);
  }
  for (const [kind, places] of byKind) {
    byKind.set(kind, [...new Set([places[0]!, places.at(-1)!])]);
  }
  return byKind;
}

function altered(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  return typeof value === 'boolean' ? !value : `${String(value)}x`;
}

describe('verify', () => {
  it('a run that nobody touched is true, and it has every kind of line there is', async () => {
    expect(await verify(folder)).toEqual({ true: true, differences: [] });
    const kinds = new Set(files().flatMap((file) => [...placesOf(linesOf(file)).keys()]));
    expect([...kinds].sort()).toEqual([
      'attempt',
      'began',
      'ended',
      'executed',
      'executing',
      'fault begun',
      'fault cured',
      'fault curing',
      'fault done',
      'invoked',
      'missed',
      'node dead',
      'node paused',
      'node up',
      'peer false',
      'peer true',
      'received',
      'settled',
    ]);
  });

  it.each([
    ['taken away', () => []],
    ['doubled', (line: string) => [line, line]],
    ['torn', (line: string) => [line.slice(0, line.length >> 1)]],
  ] as const)('one line %s', async (_, instead) => {
    for (const file of files()) {
      const lines = linesOf(file);
      for (const [kind, places] of placesOf(lines)) {
        for (const place of places) {
          const text = textOf(lines.flatMap((line, at) => (at === place ? instead(line) : [line])));
          expect(await meddled(file, text), `${file}, ${kind}`).toContain(file);
        }
      }
    }
  });

  it('any field of a line altered, or left out', { timeout: 60_000 }, async () => {
    // One ledger is like another.
    for (const file of files().slice(0, 2)) {
      const lines = linesOf(file);
      for (const [kind, places] of placesOf(lines)) {
        const line = JSON.parse(lines[places[0]!]!) as Record<string, unknown>;
        for (const field of Object.keys(line)) {
          for (const value of [altered(line[field]), undefined]) {
            const instead = JSON.stringify({ ...line, [field]: value });
            const text = textOf(lines.with(places[0]!, instead));
            expect(await meddled(file, text), `${file}, ${kind}, ${field}`).toContain(file);
          }
        }
      }
    }
  });

  it('two lines that changed places, and a scenario that is another', async () => {
    const [first, second, ...rest] = linesOf('history.jsonl');
    expect(await meddled('history.jsonl', textOf([second!, first!, ...rest]))).toEqual(['history.jsonl']);
    const scenario = readFileSync(join(folder, 'scenario.json'), 'utf8');
    expect(await meddled('scenario.json', scenario.replace('"seed": 3', '"seed": 4'))).toEqual([
      'scenario.json',
      'seed',
    ]);
  });

  it('a ledger that is gone, and one that was never there', async () => {
    const one = join(folder, 'ledgers', 'server-3.jsonl');
    const before = readFileSync(one);
    rmSync(one);
    expect((await verify(folder)).differences.map(({ field }) => field)).toContain('ledgers/server-3.jsonl');
    writeFileSync(one, before);
    const more = join(folder, 'ledgers', 'server-4.jsonl');
    writeFileSync(more, '');
    const { differences } = await verify(folder);
    rmSync(more);
    expect(differences).toMatchObject([{ field: 'ledgers/server-4.jsonl', said: 'nothing' }]);
  });

  it('every field of the summary’s row', async () => {
    const summary = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as Summary;
    for (const [field, value] of Object.entries(summary.row)) {
      for (const other of ['another', undefined]) {
        if (value === other) continue;
        const row = { ...summary.row, [field]: other };
        expect(await meddled('summary.json', JSON.stringify({ ...summary, row })), field).toEqual([field]);
      }
    }
    for (const [file, digest] of Object.entries(summary.files)) {
      const instead = { ...summary.files, [file]: digest.replace(/.$/, 'x') };
      expect(await meddled('summary.json', JSON.stringify({ ...summary, files: instead }))).toEqual([file]);
    }
  });
});

describe('judged again, though somebody brought the digests into step', () => {
  /** What is left of a run whose history or ledger has no such line: nothing that reads the same. */
  it('a line that anything depends on, taken away or doubled, still shows', async () => {
    const cases: [file: string, kind: string][] = [
      ['history.jsonl', 'invoked'],
      ['history.jsonl', 'settled'],
      ['history.jsonl', 'began'],
      ['history.jsonl', 'ended'],
      ['history.jsonl', 'fault begun'],
      ['history.jsonl', 'fault done'],
      ['history.jsonl', 'fault cured'],
      ['ledgers/server-3.jsonl', 'executed'],
    ];
    for (const [file, kind] of cases) {
      const lines = linesOf(file);
      const place = placesOf(lines).get(kind)![0]!;
      const without = lines.filter((_, at) => at !== place);
      const doubled = lines.flatMap((line, at) => (at === place ? [line, line] : [line]));
      for (const instead of [without, doubled]) {
        const fields = await meddled(file, textOf(instead));
        expect([kind, fields.filter((field) => field !== file).length > 0]).toEqual([kind, true]);
      }
    }
  });
});

it('a folder with something else in a file’s place is none of a run', async () => {
  const summary = readFileSync(join(folder, 'summary.json'));
  writeFileSync(join(folder, 'summary.json'), 'null');
  await expect(verify(folder)).rejects.toThrow('its summary.json must be an object');
  writeFileSync(join(folder, 'summary.json'), summary);
  const ledgers = join(folder, 'ledgers');
  renameSync(ledgers, `${ledgers}-away`);
  writeFileSync(ledgers, '');
  await expect(verify(folder)).rejects.toThrow('it takes a folder with ledgers in it');
  rmSync(ledgers);
  renameSync(`${ledgers}-away`, ledgers);
});

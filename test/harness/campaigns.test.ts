import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { conduct } from '../../harness/campaigns/campaign.ts';
import { createFolder, failuresIn, planIn, triesIn } from '../../harness/campaigns/folder.ts';
import { coreScenarios, type Plan, planCampaign, scenarioOf, turnsOf } from '../../harness/campaigns/plan.ts';
import { type CampaignResult, type Cell, resultOf } from '../../harness/campaigns/result.ts';
import { findScenarios } from '../../harness/library.ts';
import { findFaults, findPattern, findPatterns } from '../../harness/registry.ts';
import { placesOf, resolveFaults } from '../../harness/targets.ts';
import { madeRunner, planOf } from './made-campaign.ts';

const runs = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(runs, { recursive: true }));

describe('the plan of a campaign', () => {
  it('has all patterns meet the core scenarios, and that which claims to survive most twice', async () => {
    const plan = await planCampaign({ command: '', asked: {}, repeats: 1, changes: { seed: 1 }, patternFolders: [] });
    expect(plan.scenarios.map(({ name }) => name)).toEqual([...coreScenarios]);
    const [first] = plan.contestants;
    expect(plan.contestants.at(-1)).toEqual({ ...first, name: `${first!.name} again`, again: true });
    const found = await findPatterns();
    const survived = plan.contestants
      .slice(0, -1)
      .map(({ pattern, variant }) => found.get(pattern)!.pattern.variants[variant]!.claims.survives.length);
    expect(survived).toEqual([...survived].sort((a, b) => b - a));
    expect(new Set(plan.contestants.map(({ pattern }) => pattern))).toEqual(
      new Set(['brokerless-req', 'freelance', 'majordomo']),
    );
  });

  it('takes all of the library in one word', async () => {
    const plan = await planOf({ scenarios: ['all'] });
    expect(plan.scenarios.map(({ name }) => name)).toEqual([...findScenarios().keys()]);
  });

  it('skips a scenario that has no meaning for a pattern, and says why', async () => {
    const plan = await planOf();
    expect(plan.scenarios.at(-1)!.skipped).toEqual({
      freelance: 'no broker',
      'freelance again': 'no broker',
    });
    const broker = turnsOf(plan).filter(({ scenario }) => scenario.name === 'broker-kill');
    expect(broker.map(({ contestant }) => contestant.name)).toEqual(['majordomo', 'majordomo']);
  });

  it('gives all of a block the same arrivals and the same faults at the same times, and the next block others', async () => {
    const plan = await planOf({ scenarios: ['kill-and-restart'] });
    const faults = await findFaults();
    const met = await Promise.all(
      turnsOf(plan).map(async (turn) => {
        const scenario = scenarioOf(turn);
        const { pattern } = await findPattern(scenario.pattern);
        const resolved = resolveFaults(scenario, placesOf(scenario, pattern), faults);
        return { block: turn.block, what: JSON.stringify([scenario.seed, scenario.load, resolved.faults]) };
      }),
    );
    const [one, other] = [0, 1].map(
      (block) => new Set(met.filter((each) => each.block === block).map(({ what }) => what)),
    );
    expect([one!.size, other!.size]).toEqual([1, 1]);
    expect([...one!]).not.toEqual([...other!]);
  });

  it('rotates the order, so that each is first in each scenario as often as the others', async () => {
    const plan = await planOf({ repeats: 3, scenarios: ['none', 'kill-and-restart'] });
    const turns = turnsOf(plan);
    for (const scenario of plan.scenarios) {
      const firsts = [0, 1, 2].map((block) => turns.find((turn) => turn.block === block && turn.scenario === scenario));
      expect(new Set(firsts.map((turn) => turn!.contestant.name)).size).toBe(3);
    }
    expect(new Set(turns.map(({ folder }) => folder)).size).toBe(turns.length);
  });

  it('changes what was asked for in every scenario, and nothing else', async () => {
    const plan = await planOf({ changes: { seed: 1, load: { ratePerSec: 50 }, topology: { servers: 5 } } });
    const last = scenarioOf(turnsOf(plan).find(({ scenario }) => scenario.name === 'broker-kill')!);
    expect(last.topology).toMatchObject({ servers: 5, brokers: 2 });
    expect(last.load).toMatchObject({ ratePerSec: 50, durationMs: 3500 });
  });

  const wrong: [string, Parameters<typeof planOf>[0], RegExp][] = [
    ['a scenario that there is not', { scenarios: ['meteor'] }, /scenario: "meteor".*kill-and-restart/],
    ['a scenario named twice', { scenarios: ['none', 'none'] }, /scenario: "none".*twice/],
    [
      'a pattern named twice',
      { contestants: ['freelance', 'freelance/default'] },
      /pattern: .*freelance is named twice/,
    ],
    [
      'a scenario that means nothing to anybody',
      { contestants: ['freelance'], scenarios: ['broker-kill'] },
      /scenario: "broker-kill".*no broker/,
    ],
    ['a setting that one of them has not', { changes: { seed: 1, settings: { slots: 3 } } }, /slots/],
  ];
  it.each(wrong)('refuses %s', async (_what, options, words) => {
    await expect(planOf(options)).rejects.toThrow(words);
  });
});

describe('a campaign', () => {
  let plan: Plan;
  let folder: string;
  beforeEach(async () => {
    plan = await planOf();
    folder = createFolder(runs, plan);
  });

  it('makes every run of its plan, in its order, and keeps what they came to', async () => {
    const { runner, made } = madeRunner();
    const result = await conduct(folder, plan, { runner });
    expect(made.map(({ runsFolder }) => runsFolder)).toEqual(turnsOf(plan).map((turn) => join(folder, turn.folder)));
    expect(result).toMatchObject({
      finished: true,
      honest: true,
      conclusive: true,
      keepsClaims: true,
      repeats: 2,
      seed: 7,
    });
    expect(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(result)));
    for (const run of result.cells.flatMap((cell) => cell.runs)) {
      expect(existsSync(join(folder, run.folder, 'summary.json'))).toBe(true);
    }
  });

  it('that was stopped goes on where it was, and comes to the same', async () => {
    const stopped = new AbortController();
    const first = madeRunner((_, number) => {
      if (number === 4) {
        stopped.abort(new Error('stopped'));
        throw stopped.signal.reason;
      }
      return { failoverMs: number };
    });
    await expect(conduct(folder, plan, { runner: first.runner, signal: stopped.signal })).rejects.toThrow('stopped');
    expect(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'))).toMatchObject({ finished: false });

    const again = planIn(folder);
    expect(again).toEqual(plan);
    const second = madeRunner((_, number) => ({ failoverMs: number + 4 }));
    const result = await conduct(folder, again, { runner: second.runner });
    const made = [...first.made, ...second.made].map(({ runsFolder }) => runsFolder);
    expect(made).toEqual(turnsOf(plan).map((turn) => join(folder, turn.folder)));
    expect(result.finished).toBe(true);

    const other = createFolder(runs, { ...plan, id: 'at-once' });
    const atOnce = await conduct(other, plan, { runner: madeRunner((_, number) => ({ failoverMs: number })).runner });
    expect(figuresOf(result)).toEqual(figuresOf(atOnce));
  });

  it('makes nothing at all once it is stopped', async () => {
    const { runner, made } = madeRunner();
    await expect(conduct(folder, plan, { runner, signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow();
    expect(made).toEqual([]);
  });

  it('makes a run again that was cut off, even while its summary was written', async () => {
    const first = madeRunner();
    await conduct(folder, plan, { runner: first.runner });
    const { runsFolder, summary } = first.made[3]!;
    writeFileSync(join(runsFolder, summary.id, 'summary.json'), JSON.stringify(summary).slice(0, 100));
    mkdirSync(join(runsFolder, 'run-that-never-ended'));
    const second = madeRunner();
    const result = await conduct(folder, plan, { runner: second.runner });
    expect(second.made.map((each) => each.runsFolder)).toEqual([runsFolder]);
    expect(result.finished).toBe(true);
  });

  const proofless = { conclusive: false, doubts: ['the generator lagged'] };

  it('makes a run that proved nothing again, and tells it', async () => {
    const { runner, made } = madeRunner((_, number) => (number === 0 ? proofless : {}));
    const result = await conduct(folder, plan, { runner });
    expect(made.length).toBe(turnsOf(plan).length + 1);
    const { runs: own } = cell(result, 'freelance', 'none');
    expect(own.filter(({ block }) => block === 0)).toMatchObject([
      { counts: false, doubts: ['the generator lagged'] },
      { counts: true },
    ]);
    expect(result.conclusive).toBe(true);
  });

  it('counts what was tried before it was stopped, and lets the third try stand', async () => {
    const folderOfFirst = join(folder, turnsOf(plan)[0]!.folder);
    const { runner, made } = madeRunner((_, __, options) => {
      if (options.runsFolder !== folderOfFirst) return {};
      if (made.length === 2) throw new Error('stopped');
      return { ...proofless, lost: 5 };
    });
    await expect(conduct(folder, plan, { runner })).rejects.toThrow('stopped');
    const later = madeRunner((_, __, options) =>
      options.runsFolder === folderOfFirst ? { ...proofless, lost: 5 } : {},
    );
    later.made.push(...made);
    const result = await conduct(folder, plan, { runner: later.runner });
    const { runs: own, figures, counts } = cell(result, 'freelance', 'none');
    expect(own.map(({ block, counts: isCounted }) => [block, isCounted])).toEqual([
      [0, false],
      [0, false],
      [0, false],
      [1, true],
    ]);
    expect(result).toMatchObject({ finished: true, conclusive: false });
    expect(figures.p50Ms?.samples).toEqual([null, 6]);
    expect(counts.lost).toMatchObject({ total: 0, due: 1000, runs: 1 });
  });

  it('makes a run again that could not be made, and tells it; three in a row end the campaign', async () => {
    let failures = 0;
    const { runner, made } = madeRunner((_, number) => {
      if (number === 3 && failures++ < 2) throw new Error('server-2 ended early: 1');
      return {};
    });
    const result = await conduct(folder, plan, { runner });
    expect(made.length).toBe(turnsOf(plan).length);
    const failure = { folder: turnsOf(plan)[3]!.folder, reason: 'server-2 ended early: 1' };
    expect(result).toMatchObject({ finished: true, conclusive: true, failures: [failure, failure] });

    const other = createFolder(runs, { ...plan, id: 'hopeless' });
    const hopeless = madeRunner(() => {
      throw new Error('no ports');
    });
    await expect(conduct(other, plan, { runner: hopeless.runner })).rejects.toThrow('no ports');
    expect(resultOf(plan, triesIn(other, plan), failuresIn(other)).failures).toHaveLength(3);
  });

  it('does not make a lie again, and is not honest', async () => {
    const { runner, made } = madeRunner((_, number) =>
      number === 2 ? { honest: false, ...proofless, phantom: 1 } : {},
    );
    const result = await conduct(folder, plan, { runner });
    expect(made.length).toBe(turnsOf(plan).length);
    expect(result.honest).toBe(false);
  });

  it('holds every claim against every run, and names those that broke it', async () => {
    const broken = { claim: 'loses nothing to kill', kept: false, observed: '3 unknown' };
    const { runner, made } = madeRunner(({ pattern, seed, faults }) =>
      faults.length > 0 && pattern === 'majordomo' && seed === 8
        ? { claims: [broken] }
        : { claims: [{ ...broken, kept: true }] },
    );
    const result = await conduct(folder, plan, { runner });
    const breaker = made.find(({ summary }) => !summary.row.claims[0]!.kept)!;
    expect(result.keepsClaims).toBe(false);
    const kill = cell(result, 'majordomo', 'kill-and-restart');
    const run = kill.runs.find(({ block }) => block === 1)!.id;
    expect(breaker.summary.seed).toBe(8);
    expect(kill.claims).toEqual([
      { claim: 'loses nothing to kill', kept: 1, of: 2, broken: [{ run, observed: '3 unknown' }] },
    ]);
  });
});

describe('the folder of a campaign', () => {
  it('is refused where it is none', () => {
    expect(() => planIn(join(runs, 'nowhere'))).toThrow(/resume: .*campaign.json/);
    const folder = mkdtempSync(join(runs, 'not-'));
    writeFileSync(join(folder, 'campaign.json'), '{"id": ');
    expect(() => planIn(folder)).toThrow(/resume: .*plan/);
  });

  it('goes on only where it was begun', async () => {
    const plan = await planOf();
    const folder = createFolder(runs, { ...plan, machine: { ...plan.machine, cpu: 'Another CPU' } });
    expect(() => planIn(folder)).toThrow(/begun on Another CPU/);
    const busier = createFolder(runs, { ...plan, machine: { ...plan.machine, loadBefore: 99 } });
    expect(planIn(busier).id).toBe(plan.id);
  });
});

describe('what a campaign came to', () => {
  /** Ten blocks of one scenario; each run is as slow as its block, and a contestant slower than another. */
  async function tenBlocks(
    slower: (pattern: string, again: boolean, block: number) => number,
  ): Promise<CampaignResult> {
    const plan = await planOf({ repeats: 10, scenarios: ['kill-and-restart'] });
    const folder = createFolder(runs, plan);
    const { runner } = madeRunner(({ pattern, seed }, _, { runsFolder }) => {
      const block = seed - 7;
      const failoverMs = 100 * block + slower(pattern, runsFolder.endsWith('.again'), block);
      return { failoverMs, lost: block === 3 ? 4 : 0, recoveredMs: block < 6 ? failoverMs : null };
    });
    await conduct(folder, plan, { runner });
    return resultOf(plan, triesIn(folder, plan), failuresIn(folder));
  }

  it('has medians with intervals, and none where there is no such figure', async () => {
    const { figures } = cell(await tenBlocks(() => 10), 'freelance', 'kill-and-restart');
    expect(figures.failoverMs!.samples).toEqual([10, 110, 210, 310, 410, 510, 610, 710, 810, 910]);
    expect(figures.failoverMs!.median).toBe(460);
    expect(figures.failoverMs!.low).toBeLessThan(460);
    expect(figures.failoverMs!.high).toBeGreaterThan(460);
    expect(figures.recoveredMs!.samples.filter((sample) => sample === null)).toHaveLength(4);
    expect(figures.recoveredMs!.median).toBe(260);
    expect(figures.lastZombieMs).toBeUndefined();
    expect(figures.inTimeShare).toMatchObject({ median: 1, low: 1, high: 1 });
  });

  it('has differences block by block, so that what slowed a block is in none', async () => {
    const noisy = (block: number) => (block % 2 === 0 ? 1 : -1) * (1 + (block % 5) / 5);
    const result = await tenBlocks((pattern, again, block) =>
      pattern === 'majordomo' ? 50 + noisy(block) : again ? noisy(block) : 0,
    );
    const { failoverMs } = cell(result, 'majordomo', 'kill-and-restart').differences;
    expect(failoverMs!.median).toBeCloseTo(50, 5);
    expect(failoverMs!.high).toBeLessThan(53);
    expect(failoverMs!.isNoise).toBe(false);
    expect(cell(result, 'freelance', 'kill-and-restart').differences).toEqual({});
    const floor = result.noiseFloor.differences['kill-and-restart']!.failoverMs!;
    expect(floor.isNoise).toBe(true);
    expect(Math.max(-floor.low, floor.high)).toBeLessThan(3);
    expect(result.noiseFloor).toMatchObject({ contestant: 'freelance', again: 'freelance again', called: 0 });
  });

  it('takes for noise what has none in its interval, and what a pattern differs from itself', async () => {
    const result = await tenBlocks((pattern, again, block) => {
      if (pattern === 'majordomo') return 5;
      return again ? (block % 2 === 0 ? 20 : -20) : 0;
    });
    const { failoverMs, p99Ms } = cell(result, 'majordomo', 'kill-and-restart').differences;
    expect(failoverMs).toMatchObject({ median: 5, low: 5, high: 5, isNoise: true });
    expect(p99Ms).toMatchObject({ median: 0, isNoise: true });
  });

  it('takes for noise what goes both ways, however still the machine is', async () => {
    const result = await tenBlocks((pattern, _, block) => (pattern === 'majordomo' ? (block % 2 === 0 ? 12 : -10) : 0));
    const { failoverMs } = cell(result, 'majordomo', 'kill-and-restart').differences;
    expect(failoverMs).toMatchObject({ median: 1, low: -10, high: 12, isNoise: true });
  });

  it('takes all for noise where there is one block alone', async () => {
    const plan = await planOf({ repeats: 1, scenarios: ['none'] });
    const { runner } = madeRunner(({ pattern }) => ({ p50Ms: pattern === 'majordomo' ? 999 : 1 }));
    const result = await conduct(createFolder(runs, plan), plan, { runner });
    expect(cell(result, 'majordomo', 'none').differences.p50Ms).toMatchObject({ median: 998, isNoise: true });
    expect(result.noiseFloor.called).toBe(0);
  });

  it('pools what is rare, with an exact interval of the runs that had any', async () => {
    const { counts } = cell(await tenBlocks(() => 0), 'freelance', 'kill-and-restart');
    expect(counts.lost).toMatchObject({ total: 4, due: 10_000, runsWith: 1, runs: 10 });
    expect(counts.lost.low).toBeCloseTo(0.0025, 4);
    expect(counts.lost.high).toBeCloseTo(0.445, 3);
    expect(counts.duplicated).toMatchObject({ total: 0, runsWith: 0, low: 0 });
    expect(counts.duplicated.high).toBeCloseTo(0.259, 3);
  });
});

function cell(result: CampaignResult, contestant: string, scenario: string): Cell {
  return result.cells.find((one) => one.contestant === contestant && one.scenario === scenario)!;
}

function figuresOf({ cells, noiseFloor }: CampaignResult): unknown {
  return [cells.map(({ figures, counts, differences }) => ({ figures, counts, differences })), noiseFloor];
}

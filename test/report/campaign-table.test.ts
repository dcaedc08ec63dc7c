import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultsPage } from '../../bench/results-page.ts';
import { conduct } from '../../harness/campaigns/campaign.ts';
import { createFolder } from '../../harness/campaigns/folder.ts';
import { type CompactResult, compact } from '../../harness/campaigns/result.ts';
import { campaignTerminalTable } from '../../harness/report/campaign-table.ts';
import { madeRunner, planOf } from '../harness/made-campaign.ts';

const runs = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(runs, { recursive: true }));

/** Freelance is as quick as itself but for the noise, majordomo much slower, and in one block it breaks a claim. */
async function madeCampaign(repeats: number): Promise<CompactResult> {
  const plan = await planOf({ repeats });
  const { runner } = madeRunner(({ pattern, seed, faults }, number, { runsFolder }) => {
    const block = seed - 7;
    const noise = runsFolder.endsWith('.again') ? (block % 2 === 0 ? 1 : -1) : 0;
    const breaks = pattern === 'majordomo' && block === 1 && faults[0]?.target === 'broker';
    return {
      failoverMs: faults.length === 0 ? null : (pattern === 'majordomo' ? 300 : 20) + block + noise,
      p99Ms: 9 + noise,
      outageShare: faults.length === 0 ? null : pattern === 'majordomo' ? 0.5 : 1,
      claims: [{ claim: 'loses nothing to kill', kept: !breaks, ...(breaks ? { observed: '3 unknown' } : {}) }],
      lost: breaks ? 3 : 0,
      ...(number === 1 ? { conclusive: false, doubts: ['the generator lagged'] } : {}),
    };
  });
  return compact(await conduct(createFolder(runs, plan), plan, { runner }));
}

let result: CompactResult;
let table: string[];
beforeAll(async () => {
  result = await madeCampaign(8);
  table = campaignTerminalTable(result, false).split('\n');
});

/** The line that begins with that, after the scenario's heading. */
function lineOf(scenario: string, name: string): string {
  const heading = table.findIndex((line) => line.startsWith(scenario));
  return table.slice(heading).find((line) => line.slice(2).startsWith(`${name} `))!;
}

describe('a campaign on the terminal', () => {
  it('says of each contestant in each scenario its medians, with their intervals', () => {
    const line = lineOf('kill-and-restart', 'freelance');
    expect(line).toMatch(/^✓ freelance +8 /);
    expect(line).toMatch(/ 24 ms \(2\d to 2\d ms\) /);
    expect(lineOf('none', 'freelance')).toContain(' – ');
  });

  it('says under each what it differs from the first, and marks what may be noise', () => {
    const heading = table.findIndex((line) => line.startsWith('kill-and-restart'));
    const [own, less] = table.slice(table.indexOf(lineOf('kill-and-restart', 'majordomo'), heading));
    expect(own).toMatch(/^✓ majordomo/);
    expect(less).toMatch(/^ {4}less freelance/);
    expect(less).toContain('  +280 ms');
    expect(less).toContain(' −50 points');
    expect(less).toContain('~ 0 ms');
    const again = table[table.indexOf(lineOf('kill-and-restart', 'freelance again'), heading) + 1];
    expect(again).toMatch(/~ [−+]?\d+ ms \(−1 to \+1 ms\)/);
  });

  it('says what was skipped, made again and broken, and how much is noise', () => {
    const foot = table.slice(table.lastIndexOf('')).join('\n');
    expect(foot).toContain('– skipped: broker-kill, no broker: freelance\n');
    expect(foot).not.toContain('no broker: freelance and freelance again');
    expect(foot).toContain('run again, as it proved nothing: run-0001 (the generator lagged)');
    expect(foot).toMatch(/✗ majordomo, broker-kill: loses nothing to kill: not in 1 of 8 runs \(3 unknown: run-\d+\)/);
    expect(foot).toMatch(/Noise floor, freelance against itself: .*failover 1 ms \(kill-and-restart\)/);
    expect(foot).toContain('claims kept: 55 of 56 checks');
    expect(lineOf('broker-kill', 'majordomo')).toMatch(/^✗ .* 3$/);
  });

  it('names every lie, also of a run that does not count', async () => {
    const plan = await planOf();
    const lie = { honest: false, phantom: 2, conclusive: false, doubts: ['the generator lagged'] };
    const { runner } = madeRunner((_, number) => (number === 0 ? lie : {}));
    const lying = compact(await conduct(createFolder(runs, plan), plan, { runner }));
    const told = campaignTerminalTable(lying, false);
    expect(told).toContain('✗ LIES: freelance, none: 2 phantom: run-0000');
    expect(told).toMatch(/^✗ freelance +1 /m);
    expect(told).toMatch(/^✓ majordomo +2 /m);
    expect(told).toContain('? INCONCLUSIVE: freelance, none, block 1: the generator lagged');
  });

  it('aligns its columns, with colour and without', () => {
    const coloured = stripVTControlCharacters(campaignTerminalTable(result, true)).split('\n');
    expect(coloured).toEqual(table);
    const group = table.slice(0, table.indexOf('')).filter((line) => !line.includes('skipped'));
    expect(new Set(group.map((line) => line.length)).size).toBeLessThanOrEqual(2);
  });

  it('warns where there are too few blocks to be sure', async () => {
    const few = campaignTerminalTable(await madeCampaign(2), false);
    expect(few).toContain('With fewer than 6 blocks');
    expect(table.join('\n')).not.toContain('With fewer than 6 blocks');
  });
});

describe('a campaign in RESULTS.md', () => {
  it('is a section made of the raw file alone', () => {
    const raw = JSON.parse(JSON.stringify(result)) as unknown;
    const page = resultsPage(new Map([['campaign', raw]]));
    expect(page).toContain('## The campaign');
    expect(page).toMatch(/\| kill-and-restart +\| majordomo +\| +8 \|.* 30\d ms \(30\d to 30\d ms\) /);
    expect(page).toMatch(/\| kill-and-restart +\| less freelance +\|.*\+280 ms/);
    expect(page).toContain('Noise floor, freelance against itself');
    expect(page).toContain('- majordomo, broker-kill: loses nothing to kill: not in 1 of 8 runs');
    expect(page).toContain('compare --repeat 2 --seed 7 --json > bench/results/campaign.json');
    expect(page).toMatch(/Measured on: .* · seed 7\./);
  });

  it('says when it was gone on with, where that was much later', () => {
    const began = (block: number) => (block < 5 ? '20261130-0158' : '20261130-1000');
    const named = result.cells.map((cell) => ({
      ...cell,
      runs: cell.runs.map((run) => ({ ...run, id: `${began(run.block)}0${run.block}-${run.id}` })),
    }));
    const page = resultsPage(new Map([['campaign', { ...result, cells: named }]]));
    expect(page).toContain('Made in 2 goes, which began at 2026-11-30 01:58 UTC and 2026-11-30 10:00 UTC.');
    expect(resultsPage(new Map([['campaign', result]]))).not.toContain('goes, which began');
  });

  it('is small: what each run left is not in it', () => {
    expect(JSON.stringify(result)).not.toContain('"summary"');
  });
});

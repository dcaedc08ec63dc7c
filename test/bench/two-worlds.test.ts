import { describe, expect, test } from 'vitest';
import { sectionOf } from '../../bench/sections/sections.ts';
import { measuredAgain, type TwoWorldsCell, type TwoWorldsResult } from '../../bench/two-worlds.ts';
import type { CompactCell, CompactResult } from '../../harness/campaigns/result.ts';

const nothing = { processes: [0, 0, 0], simulated: [0, 0] };
const never = { processes: { runsWith: 0, runs: 3 }, simulated: { runsWith: 0, runs: 2 } };

function cell(given: Partial<TwoWorldsCell['figures']>, counts: Partial<TwoWorldsCell['counts']> = {}): TwoWorldsCell {
  return {
    scenario: 'kill-and-restart',
    contestant: 'freelance',
    hiccupMs: 20,
    figures: {
      failoverMs: nothing,
      blackoutMs: nothing,
      delayed: nothing,
      unknown: nothing,
      refused: nothing,
      masked: nothing,
      ...given,
    },
    counts: { duplicated: never, lateExecutions: never, lost: never, ...counts },
  };
}

function told(
  cells: readonly TwoWorldsCell[],
  missing: TwoWorldsResult['missing'] = [],
  again: readonly TwoWorldsCell[] = [],
): string {
  const campaign = { id: 'some', command: 'privateer compare', repeats: 3 };
  const raw: Pick<TwoWorldsResult, 'cells' | 'again' | 'missing' | 'doubts' | 'campaign'> = {
    cells,
    again,
    missing,
    doubts: [],
    campaign,
  };
  return sectionOf('two-worlds').body(raw);
}

describe('the two worlds', () => {
  test('agree where the simulated median is in the range of the real runs, or no more than noise outside', () => {
    const text = told([cell({ failoverMs: { processes: [12, 15, 18], simulated: [8, 9, 30] } })]);
    expect(text).toContain('≈ 9 ms (12 ms to 18 ms)');
    expect(text).toContain('**9 of 9 figures agree, 1 of them nearly.**');
  });

  test('are apart where it is not, which is counted and named', () => {
    const text = told([cell({ failoverMs: { processes: [52, 55], simulated: [8] } })]);
    expect(text).toContain('✗ 8 ms (52 ms to 55 ms)');
    expect(text).toContain('**8 of 9 figures agree.** Apart: failover 1.');
  });

  test('are apart where only one of them has a figure, and have none where neither has', () => {
    const text = told([
      cell({ failoverMs: { processes: [], simulated: [8] }, blackoutMs: { processes: [], simulated: [] } }),
    ]);
    expect(text).toContain('✗ 8 ms (none)');
    expect(text).toMatch(/\| +– \|/);
    expect(text).toContain('**7 of 8 figures agree.**');
  });

  test('agree on what is rare where the simulated share is in the real one’s exact interval', () => {
    const never = { runsWith: 0, runs: 10 };
    const often = { processes: never, simulated: { runsWith: 2, runs: 10 } };
    const oftener = { processes: never, simulated: { runsWith: 4, runs: 10 } };
    const mostly = { processes: never, simulated: { runsWith: 20, runs: 30 } };
    const text = told([cell({}, { duplicated: often, lost: oftener, lateExecutions: mostly })]);
    expect(text).toContain('✓ 2 of 10 (0 of 10)');
    expect(text).toContain('≈ 4 of 10 (0 of 10)');
    expect(text).toContain('✗ 20 of 30 (0 of 10)');
  });

  test('are told beside how far the real one agrees with itself', () => {
    const again = cell({
      failoverMs: { processes: [12, 15, 18], simulated: [8] },
      delayed: { processes: [1, 2], simulated: [9] },
    });
    expect(told([cell({})], [], [again])).toContain(
      'freelance was measured a second time in the same campaign, and in the place of the simulated runs those agree in ' +
        '8 of 9 figures, 1 of them nearly. Of the same pattern in the same scenarios the simulated world agrees in 9 of 9 figures, 0 of them nearly.',
    );
    expect(told([cell({})])).not.toContain('a second time');
  });

  test('say what was not run in both, once for all whom it concerns', () => {
    const missing = ['freelance', 'majordomo'].map((contestant) => {
      return { scenario: 'partition-one-way', contestant, reason: 'the simulated world has no one-way' };
    });
    expect(told([cell({})], missing)).toContain(
      '- partition-one-way, the simulated world has no one-way: freelance and majordomo',
    );
  });
});

test('what a campaign measured a second time takes the place of the simulated runs, scenario by scenario', () => {
  const noiseFloor = { contestant: 'freelance', again: 'freelance again' } as CompactResult['noiseFloor'];
  const seen = { total: 0, due: 300, runsWith: 1, runs: 2, low: 0, high: 1 };
  const measured = (contestant: string, scenario: string, ms: readonly number[]) =>
    ({
      contestant,
      scenario,
      runs: [{ counts: true }],
      figures: { failoverMs: { samples: ms }, p50Ms: { samples: [7, 7] }, p99Ms: { samples: [9, 9] } },
      counts: { duplicated: seen, lateExecutions: seen, lost: seen },
    }) as unknown as CompactCell;
  const cells = [
    measured('freelance', 'none', []),
    measured('freelance', 'kill', [10, 12]),
    measured('majordomo', 'kill', [20, 22]),
    measured('freelance again', 'kill', [11, 13]),
  ];
  const again = measuredAgain({ noiseFloor, cells });
  expect(again).toHaveLength(1);
  expect(again[0]).toMatchObject({
    scenario: 'kill',
    contestant: 'freelance',
    hiccupMs: 2,
    figures: { failoverMs: { processes: [10, 12], simulated: [11, 13] }, delayed: { processes: [], simulated: [] } },
    counts: { lost: { processes: { runsWith: 1, runs: 2 }, simulated: { runsWith: 1, runs: 2 } } },
  });
});

import { describe, expect, test } from 'vitest';
import { sectionOf } from '../../bench/sections/sections.ts';
import type { TwoWorldsCell, TwoWorldsResult } from '../../bench/two-worlds.ts';

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

function told(cells: readonly TwoWorldsCell[], missing: TwoWorldsResult['missing'] = []): string {
  const campaign = { id: 'some', command: 'privateer compare', repeats: 3 };
  const raw: Pick<TwoWorldsResult, 'cells' | 'missing' | 'doubts' | 'campaign'> = {
    cells,
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

  test('say what was not run in both, once for all whom it concerns', () => {
    const missing = ['freelance', 'majordomo'].map((contestant) => {
      return { scenario: 'partition-one-way', contestant, reason: 'the simulated world has no one-way' };
    });
    expect(told([cell({})], missing)).toContain(
      '- partition-one-way, the simulated world has no one-way: freelance and majordomo',
    );
  });
});

/** Broken patterns that the simulator must convict, of their crime and soon, with a counterexample that a person can read. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findFaults, findPattern } from '../../harness/registry.ts';
import { campaign, contestantsOf } from '../../harness/simulate/campaign.ts';

const folder = fileURLToPath(new URL('../canaries', import.meta.url));
const faults = await findFaults('simulated');

describe('a canary is convicted within 200 runs, by at most three faults and five transactions', () => {
  it.each([
    ['forgets', 'phantom'],
    ['misroutes', 'mismatched'],
    ['hangs', 'stuck'],
    ['refuses', 'false refusal'],
    ['repeats', 'claim: executes at most once', 'mismatched'],
    // A handler that asks nobody whether it may begin does so behind another's, or behind its deadline.
    ['thaws', 'zombie', 'too late'],
    ['despairs', 'overtaken'],
    ['swallows', 'left over'],
    // It takes who dies for who is silent, and so who is there again for who never left.
    ['dawdles', 'falsely suspected'],
  ])('%s, of %s', { timeout: 60_000 }, async (canary, ...crimes) => {
    const contestants = contestantsOf([await findPattern(canary, [folder])]);
    for (const seed of [1, 2]) {
      const { violations } = await campaign({ runs: 200, seed, contestants, faults, violationsMax: 1 });
      expect(violations).toHaveLength(1);
      expect(crimes).toContain(violations[0]!.kind);
      const { scenario } = violations[0]!;
      expect(scenario.faults.length).toBeLessThanOrEqual(3);
      expect(scenario.load.only?.length).toBeLessThanOrEqual(5);
    }
  });
});

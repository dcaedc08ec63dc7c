/** A small campaign and a small sweep of every pattern, and the determinism that their findings rest on. */
import { describe, expect, it } from 'vitest';
import { findFaults, findPatterns } from '../../harness/registry.ts';
import { campaign, contestantsOf } from '../../harness/simulate/campaign.ts';
import { sweep } from '../../harness/simulate/sweep.ts';

const faults = await findFaults('simulated');
const contestants = contestantsOf((await findPatterns()).values());
/** More by PRIVATEER_RUNS, for a longer look. */
const runs = Number(process.env['PRIVATEER_RUNS'] ?? 150);

describe('a campaign', () => {
  it('breaks no law', { timeout: 60_000 + runs * 100 }, async () => {
    const { violations, missing } = await campaign({ runs, seed: 1, contestants, faults });
    expect(violations).toEqual([]);
    expect(missing).toEqual([]);
  });

  it('fails where it reached too little: as of one that is not what it says it is', { timeout: 60_000 }, async () => {
    const missingOf = async (of: string, name = of) => {
      const { pattern, variant } = contestants.find((one) => one.pattern.name === of)!;
      const impostor = { pattern: { ...pattern, name }, variant };
      return (await campaign({ runs: 150, seed: 1, contestants: [impostor], faults })).missing;
    };
    expect(await missingOf('freelance')).toEqual([]);
    expect(await missingOf('majordomo')).toEqual([]);
    expect(await missingOf('freelance', 'majordomo')).toContain('majordomo: broker: retried');
  });

  it('stopped, it tells of the runs that there were', async () => {
    const stop = new AbortController();
    const onRun = (run: number) => {
      if (run === 5) stop.abort();
    };
    const told = await campaign({ runs: 100, seed: 1, contestants, faults, signal: stop.signal, onRun });
    expect(told).toMatchObject({ runs: 5, violations: [], missing: [] });
  });

  it('is the same each time, and another with another seed', async () => {
    const hash = async (seed: number) => (await campaign({ runs: 20, seed, contestants, faults })).traceHash;
    expect(await hash(7)).toBe(await hash(7));
    expect(await hash(8)).not.toBe(await hash(7));
  });
});

describe('each fault just after each event of a run', () => {
  it.each(contestants.map((one): [string, typeof one] => [`${one.pattern.name} ${one.variant}`, one]))(
    '%s breaks no law, and keeps its claims',
    { timeout: 60_000 },
    async (_name, contestant) => {
      const { violations, missing } = await sweep({ seed: 1, contestants: [contestant], faults, transactions: 2 });
      expect(violations).toEqual([]);
      expect(missing).toEqual([]);
    },
  );
});

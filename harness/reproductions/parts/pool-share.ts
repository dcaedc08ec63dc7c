/** A pool of twelve in lock-step, three servers, one of them down for two seconds: what is left of the throughput. */
import type { Evidence } from '../../verdict.ts';
import type { ReproductionOptions } from '../reproduction.ts';
import { conclusiveRun } from './conclusive-run.ts';

export interface PoolShare {
  readonly pattern: string;
  readonly variant: string;
  /** Commits a second while the server was down, over those before. */
  readonly shareDuringOutage: number;
  readonly expected: readonly [number, number];
}

export async function poolShares(options: ReproductionOptions): Promise<PoolShare[]> {
  const shares: PoolShare[] = [];
  const outageMs = options.quick ? 800 : 2000;
  for (const [pattern, variant, expected] of options.quick ? contestants.slice(0, 2) : contestants) {
    options.onPhase(`a pool of twelve, a server down for ${outageMs} ms: ${pattern} ${variant}`);
    const scenario = {
      name: 'dead-endpoint-pool',
      pattern,
      variant,
      load: { model: 'closed' as const, window: 12, durationMs: 1000 + outageMs + 800, timeoutMs: 10_000 },
      restart: `after:${outageMs}`,
      faults: [
        { fault: 'kill', target: 'server', atMs: 1000, trigger: 'holding-in-flight' as const, durationMs: outageMs },
      ],
    };
    const { evidence } = await conclusiveRun(scenario, options);
    shares.push({ pattern, variant, shareDuringOutage: shareOf(evidence), expected });
  }
  return shares;
}

function shareOf({ history }: Evidence): number {
  const stamp = (phase: string) => history.find((line) => line.kind === 'fault' && line.phase === phase)!.at;
  const began = history.find(({ kind }) => kind === 'began')!.at;
  const rate = (from: number, until: number) => {
    const commits = history.filter((line) => line.kind === 'settled' && line.outcome === 'committed');
    return commits.filter(({ at }) => at >= from && at < until).length / (until - from);
  };
  return rate(stamp('begun'), stamp('cured')) / rate(began + warmUpMicros, stamp('begun'));
}

/** The first of it is the processes' own warming up. */
const warmUpMicros = 300_000;
const contestants: readonly [string, string, readonly [number, number]][] = [
  ['brokerless-req', 'as-published', [0, 0.05]],
  ['brokerless-req', 'immediate', [0.55, 0.75]],
  ['freelance', 'default', [0.55, 0.75]],
  ['majordomo', 'default', [0.55, 0.75]],
];

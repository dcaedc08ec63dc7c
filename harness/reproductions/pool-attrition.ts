/** What a kill takes from a pool of lock-step clients that wait for their answers without end: for good. */

import type { Evidence } from '../verdict.ts';
import { conclusiveRun } from './parts/conclusive-run.ts';
import { article, type Reproduction, type ReproductionOptions } from './reproduction.ts';

export const poolAttrition: Reproduction = {
  name: 'pool-attrition',
  about: 'each kill takes clients out of a pool that waits without a deadline, and none out of one that sends again',
  claim:
    '“The transaction in the queue will be scooped up and procession will resume.” (Of the one in hand it says nothing.)',
  source: article,
  async reproduce(options) {
    const waiting = await liveAfterEachKill('immediate', options);
    const again = await liveAfterEachKill('retry', options);
    const checks = [
      {
        what: `clients of ${pool} that still work after each kill, waiting without end`,
        expected: 'fewer after each',
        measured: waiting.join(', '),
        holds: waiting.every((live, kill) => live < (waiting[kill - 1] ?? pool) || live === 0),
      },
      {
        what: `the same, sending again after ${retryMs} ms`,
        expected: again.map(() => pool).join(', '),
        measured: again.join(', '),
        holds: again.every((live) => live === pool),
      },
    ];
    return { checks, figures: { waiting, again } };
  },
};

async function liveAfterEachKill(variant: string, options: ReproductionOptions): Promise<number[]> {
  const kills = options.quick ? 2 : 5;
  options.onPhase(`a pool of ${pool}, ${kills} kills: ${variant}`);
  const durationMs = firstMs + kills * everyMs;
  const { evidence } = await conclusiveRun(
    {
      name: 'pool-attrition',
      pattern: 'brokerless-req',
      variant,
      settings: { slots: pool, ...(variant === 'retry' ? { retryMs } : {}) },
      load: { model: 'closed', window: pool, durationMs, timeoutMs: durationMs },
      restart: `after:${restartMs}`,
      faults: Array.from({ length: kills }, (_, kill) => {
        return { fault: 'kill', target: 'server', atMs: firstMs + kill * everyMs, durationMs: restartMs };
      }),
    },
    options,
  );
  return evidence.history.flatMap((line) => {
    return line.kind === 'fault' && line.phase === 'done' ? [pool - neverAnswered(line.at, evidence)] : [];
  });
}

/** How many transactions that were asked for by that moment have never been answered: each has its client wait for ever. */
function neverAnswered(moment: number, { history }: Evidence): number {
  const open = new Set<number>();
  for (const line of history) if (line.kind === 'invoked' && line.at <= moment) open.add(line.n);
  for (const line of history) if (line.kind === 'settled' && line.outcome === 'committed') open.delete(line.n);
  return open.size;
}

const pool = 12;
const firstMs = 600;
const everyMs = 1200;
const restartMs = 200;
const retryMs = 200;

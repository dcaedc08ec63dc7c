/**
 * What does a broker's dispatch cost as registered workers get more? They are DEALER sockets of their own that speak
 * 18/MDP, with heartbeats at the broker's defaults; the least recently used is next, so each of them gets its turn.
 */
import { askGrowth, type GrowthResult, type Plan } from './growth/growth.ts';
import type { Question } from './question.ts';

export const workers: Question = {
  name: 'workers',
  asks: 'What does a broker’s dispatch cost as registered workers get more?',
  ask: (options): Promise<GrowthResult> => askGrowth(plan, options),
};

/** Fewer than the fewest workers, so that no request waits for one. */
const window = 8;
/** Their sockets take two file descriptors each, and many systems give a process no more than a few thousand. */
const processes = 5;

const plan: Plan = {
  question: 'workers',
  contestants: [
    {
      name: 'majordomo',
      roles: ['broker', ...Array.from({ length: processes }, () => 'server' as const), 'client'],
      fitted: 'broker',
      particulars: (size) => ({ count: size / processes }),
    },
  ],
  fullForm: { sizes: [10, 30, 100, 300, 1000, 3000, 10_000], passes: 2, blocks: 5, blockMs: 600, idleMs: 2600 },
  quickForm: { sizes: [10, 100, 1000], passes: 1, blocks: 2, blockMs: 150, idleMs: 150 },
  window,
  inFlight: () => window,
};

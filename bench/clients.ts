/** What does a transaction cost as clients get more? Each has as many in flight, so that only their number differs. */
import { askGrowth, type GrowthResult, type Plan } from './growth/growth.ts';
import type { Question } from './question.ts';
import { raw } from './side-by-side/contestants.ts';

export const clients: Question = {
  name: 'clients',
  asks: 'What does a transaction cost as clients get more?',
  ask: (options): Promise<GrowthResult> => askGrowth(plan, options),
};

const window = 8;
const inFlightMax = 2400;

const plan: Plan = {
  question: 'clients',
  contestants: [
    { name: 'freelance', roles: ['server', 'client'], fitted: 'server', particulars: counted },
    {
      ...{ name: 'majordomo', roles: ['broker', 'server', 'client'], fitted: 'broker', particulars: counted },
      inFullOnly: true,
    },
    { name: raw, roles: ['server', 'client'], fitted: 'server', particulars: counted },
  ],
  fullForm: { sizes: [1, 3, 10, 30, 100, 300, 1000], passes: 2, blocks: 5, blockMs: 250, idleMs: 2600 },
  quickForm: { sizes: [1, 10, 100], passes: 1, blocks: 2, blockMs: 100, idleMs: 100 },
  window,
  // Of a thousand clients eight each would wait for longer than their deadlines.
  inFlight: (size) => Math.max(size, Math.min(window * size, inFlightMax)),
};

function counted(count: number): { count: number } {
  return { count };
}

/** What does a transaction cost a client as its servers get more? Each has as many in flight, so that only their number differs. */
import { freePorts } from '../harness/worlds/processes/ports.ts';
import { askGrowth, type GrowthResult, type Plan } from './growth/growth.ts';
import type { Question } from './question.ts';
import { raw } from './side-by-side/contestants.ts';
import type { Particulars } from './throughput/peer.ts';

export const servers: Question = {
  name: 'servers',
  asks: 'What does a transaction cost a client as its servers get more?',
  ask: (options): Promise<GrowthResult> => askGrowth(plan, options),
};

const window = 16;

const plan: Plan = {
  question: 'servers',
  contestants: [
    { name: 'freelance', roles: ['server', 'client'], fitted: 'client', particulars },
    { name: raw, roles: ['server', 'client'], fitted: 'client', particulars },
  ],
  fullForm: { sizes: [1, 2, 5, 10, 20, 50], passes: 2, blocks: 5, blockMs: 300, idleMs: 2600 },
  quickForm: { sizes: [1, 7, 50], passes: 1, blocks: 2, blockMs: 100, idleMs: 100 },
  window,
  inFlight: (size) => window * size,
};

/** All of them in one process: fifty would measure the machine's scheduler. */
async function particulars(count: number): Promise<Particulars> {
  const ports = await freePorts(count);
  return { count, endpoints: ports.map((port) => `tcp://127.0.0.1:${port}`) };
}

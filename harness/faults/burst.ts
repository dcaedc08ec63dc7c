import { z } from 'zod';
import { loadFault } from './fault.ts';

export const burst = loadFault({
  name: 'burst',
  about:
    'So many transactions become due at one moment, on top of the load: callers that had all waited for the same thing.',
  label: 'burst',
  worlds: ['processes', 'simulated'],
  options: z.strictObject({
    transactions: z.int().min(1).max(100_000).default(500),
  }),
  surge: ({ options: { transactions } }) => ({ transactions, durationMs: 0 }),
});

import { z } from 'zod';
import { loadFault } from './fault.ts';

export const overload = loadFault({
  name: 'overload',
  about: 'So many times the load for as long as the fault lasts: more than there is room for, perhaps.',
  label: 'overload',
  worlds: ['processes', 'simulated'],
  options: z.strictObject({
    /** The rate while it lasts, by the load's own. */
    factor: z.number().min(1.01).max(1000).default(4),
  }),
  surge: ({ options: { factor }, durationMs }, ratePerSec) => ({
    transactions: Math.max(1, Math.round((ratePerSec * (factor - 1) * durationMs) / 1000)),
    durationMs,
  }),
});

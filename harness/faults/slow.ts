import { z } from 'zod';
import { nodeFault } from './fault.ts';

export const slow = nodeFault({
  name: 'slow',
  about:
    'A server’s handler takes so much longer; a broker or the client so much longer over each message it reads. Alive by every sign, and late.',
  label: 'slow',
  worlds: ['processes', 'simulated'],
  manner: 'by-victim',
  options: z.strictObject({
    /** In milliseconds, on top of what it takes. */
    byMs: z.number().min(0.1).max(60_000).default(100),
  }),
  async inject({ controls }, { options: { byMs }, durationMs }) {
    await controls.order({ kind: 'slow', byMs, forMs: durationMs });
    // One that reads that slowly may read this late: it is slow no longer than it was told.
    return async () => void (await controls.order({ kind: 'slow', byMs: 0, forMs: 0 }));
  },
});

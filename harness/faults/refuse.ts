import { z } from 'zod';
import { linkFault } from './fault.ts';

export const refuse = linkFault({
  name: 'refuse',
  about: 'Every connection is reset, and each new one refused until the cure: a port where nobody listens.',
  label: 'refuse',
  worlds: ['processes', 'simulated'],
  options: z.strictObject({}),
  inject: (link) => link.impair({ kind: 'refuse' }, ['requests', 'replies']),
});

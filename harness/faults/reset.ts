import { z } from 'zod';
import { linkFault } from './fault.ts';

export const reset = linkFault({
  name: 'reset',
  about:
    'Every connection of the link ends with a RST, once: what was on its way is gone, and both ends know at once. Made anew right after. On all links, a reconnect storm.',
  label: 'RST',
  worlds: ['processes', 'simulated'],
  isMomentary: true,
  options: z.strictObject({}),
  inject: (link) => link.impair({ kind: 'reset' }, ['requests', 'replies']),
});

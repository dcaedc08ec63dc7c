import { z } from 'zod';
import { linkFault } from './fault.ts';

export const acceptOnly = linkFault({
  name: 'accept-only',
  about:
    'Every connection is reset; new ones are accepted, and nothing is ever read from them nor said to them, until the cure: a process that hangs before its handshake.',
  label: 'accept only',
  worlds: ['processes', 'simulated'],
  options: z.strictObject({}),
  inject: (link) => link.impair({ kind: 'accept-only' }, ['requests', 'replies']),
});

import type { Fault } from './fault.ts';

export const unlist: Fault = {
  name: 'unlist',
  about:
    'The client takes it off its list of endpoints, and puts it back later: what it has it finishes, and gets no more.',
  label: 'unlisted',
  strikes: 'node',
  worlds: ['simulated'],
  refuses: (role) => (role === 'client' ? 'a client is on no list' : undefined),
  async inject(victim) {
    victim.list?.(false);
    return async () => victim.list?.(true);
  },
};

import type { Fault } from './fault.ts';

export const pause: Fault = {
  name: 'pause',
  about:
    'SIGSTOP, then SIGCONT: a freeze. Connections stay up and swallow what is sent; nothing is lost, all of it late.',
  label: 'SIGSTOP',
  strikes: 'node',
  worlds: ['processes', 'simulated'],
  async inject(victim) {
    await victim.pause();
    return () => victim.resume();
  },
};

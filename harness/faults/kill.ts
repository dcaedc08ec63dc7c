import type { Fault } from './fault.ts';

export const kill: Fault = {
  name: 'kill',
  about: 'SIGKILL: a crash. Connections break at once, what the process held is gone, its supervisor starts it again.',
  label: 'SIGKILL',
  strikes: 'node',
  worlds: ['processes', 'simulated'],
  async inject(victim) {
    await victim.kill();
    return () => victim.recover();
  },
};

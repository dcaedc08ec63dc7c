import type { Fault } from './fault.ts';

export const terminate: Fault = {
  name: 'terminate',
  about:
    'SIGTERM: an operator’s stop. It takes nothing new, ends what it has begun, and stays away until the cure starts it.',
  label: 'SIGTERM',
  strikes: 'node',
  worlds: ['processes', 'simulated'],
  manner: 'by-victim',
  async inject({ controls }) {
    await controls.terminate();
    return () => controls.start();
  },
};

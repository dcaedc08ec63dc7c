import { controlsOf, type Fault } from './fault.ts';

export const terminate: Fault = {
  name: 'terminate',
  about:
    'SIGTERM: an operator’s stop. It takes nothing new, ends what it has begun, and stays away until the cure starts it.',
  label: 'SIGTERM',
  strikes: 'node',
  worlds: ['processes', 'simulated'],
  takesProcess: true,
  manner: 'by-victim',
  async inject(victim) {
    const controls = controlsOf(victim);
    await controls.terminate();
    return () => controls.start();
  },
};

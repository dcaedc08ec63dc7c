import type { Fault } from './fault.ts';

export const restart: Fault = {
  name: 'restart',
  about: 'SIGTERM, and started again as soon as it has drained: what a deployment does. Over when it is up.',
  label: 'restart',
  strikes: 'node',
  worlds: ['processes', 'simulated'],
  isMomentary: true,
  manner: 'by-victim',
  async inject({ controls }) {
    await controls.terminate();
    const started = controls.start();
    // Whoever awaits the cure hears of it.
    started.catch(() => undefined);
    return () => started;
  },
};

import type { Fault } from './fault.ts';

export const absent: Fault = {
  name: 'absent',
  about:
    'Not there from the start: others call where nobody listens, or miss one who never came. The cure starts it for the first time.',
  label: 'absent',
  strikes: 'node',
  worlds: ['processes', 'simulated'],
  manner: 'from-the-start',
  refuses: (role) => (role === 'client' ? 'without its client a run has no load' : undefined),
  async inject({ controls }) {
    return () => controls.start();
  },
};

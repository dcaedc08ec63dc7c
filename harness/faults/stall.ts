import type { Fault } from './fault.ts';

export const stall: Fault = {
  name: 'stall',
  about:
    'The event loop blocks for as long as the fault lasts, as under a long collection or a loop of somebody’s: libzmq’s own threads go on, so connections are made, kept and filled, and nothing is read.',
  label: 'stall',
  strikes: 'node',
  worlds: ['processes', 'simulated'],
  manner: 'by-victim',
  async inject({ controls }, { durationMs }) {
    await controls.order({ kind: 'stall', forMs: durationMs });
    // It ends by itself, and what it is told meanwhile it hears then.
    return async () => void (await controls.order({ kind: 'answer' }));
  },
};

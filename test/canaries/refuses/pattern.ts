/** Says of some transactions that were executed that they were not: FALSE REFUSAL. */
import { freelanceClient } from '../../../patterns/freelance/client.ts';
import type { ClientMachine } from '../../../patterns/machine.ts';
import { broken, isVictim } from '../broken.ts';

export const refuses = broken('refuses', 'refuses falsely', {
  client(setup, effects) {
    const machine: ClientMachine = freelanceClient(setup, {
      ...effects,
      settle: (slot, how, body) => {
        const isRefused = how === 'committed' && isVictim(effects, 'refuses', machine.sequenceOf(slot));
        effects.settle(slot, isRefused ? 'not-executed' : how, body);
      },
    });
    return machine;
  },
});

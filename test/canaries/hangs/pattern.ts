/** Never settles some transactions: STUCK. */
import { freelanceClient } from '../../../patterns/freelance/client.ts';
import type { ClientMachine } from '../../../patterns/machine.ts';
import { broken, isVictim } from '../broken.ts';

export const hangs = broken('hangs', 'never settles some transactions', {
  client(setup, effects) {
    const machine: ClientMachine = freelanceClient(setup, {
      ...effects,
      settle: (slot, how, body) => {
        if (!isVictim(effects, 'hangs', machine.sequenceOf(slot))) effects.settle(slot, how, body);
      },
    });
    return machine;
  },
});

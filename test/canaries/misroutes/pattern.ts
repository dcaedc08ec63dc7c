/** Gives some callers the reply of the transaction before: MISMATCHED. */
import { freelanceClient } from '../../../patterns/freelance/client.ts';
import type { ClientMachine } from '../../../patterns/machine.ts';
import { broken, isVictim } from '../broken.ts';

export const misroutes = broken('misroutes', 'gives some callers another’s reply', {
  client(setup, effects) {
    let before: Uint8Array | undefined;
    const machine: ClientMachine = freelanceClient(setup, {
      ...effects,
      settle: (slot, how, body) => {
        const isMisrouted = how === 'committed' && isVictim(effects, 'misroutes', machine.sequenceOf(slot));
        effects.settle(slot, how, isMisrouted ? (before ?? body) : body);
        before = body;
      },
    });
    return machine;
  },
});

/** Gives some callers the reply of the transaction before: MISMATCHED. */
import { freelanceClient } from '../../../patterns/freelance/client.ts';
import { broken, everyNth } from '../broken.ts';

export const misroutes = broken('misroutes', 'gives some callers another’s reply', {
  client(setup, effects) {
    const isMisrouted = everyNth(20);
    let before: Uint8Array | undefined;
    return freelanceClient(setup, {
      ...effects,
      settle: (slot, how, body) => {
        effects.settle(slot, how, isMisrouted() ? (before ?? body) : body);
        before = body;
      },
    });
  },
});

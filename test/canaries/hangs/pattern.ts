/** Never settles some transactions: STUCK. */
import { freelanceClient } from '../../../patterns/freelance/client.ts';
import { broken, everyNth } from '../broken.ts';

export const hangs = broken('hangs', 'never settles some transactions', {
  client(setup, effects) {
    const isForgotten = everyNth(20);
    return freelanceClient(setup, {
      ...effects,
      settle: (slot, how, body) => {
        if (!isForgotten()) effects.settle(slot, how, body);
      },
    });
  },
});

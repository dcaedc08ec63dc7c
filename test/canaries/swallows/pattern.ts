/** Takes some requests and neither executes nor answers them: LOST, without any fault. */
import { freelanceServer } from '../../../patterns/freelance/server.ts';
import { broken, isVictim } from '../broken.ts';

export const swallows = broken('swallows', 'takes some requests and does nothing with them', {
  server(setup, effects) {
    return freelanceServer(setup, {
      ...effects,
      execute: (ticket, request) => {
        if (!isVictim(effects, 'swallows', request.sequence)) effects.execute(ticket, request);
      },
    });
  },
});

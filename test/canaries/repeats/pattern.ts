/** Executes some requests twice: DUPLICATED, against its claim to execute at most once. */
import { freelance } from '../../../patterns/freelance/pattern.ts';
import { freelanceServer } from '../../../patterns/freelance/server.ts';
import { broken, isVictim } from '../broken.ts';

export const repeats = broken('repeats', 'executes some requests twice', {
  variants: {
    default: {
      ...freelance.variants['default']!,
      deliveries: ['at-most-once'],
      claims: { survives: ['none'], executes: 'at most once', failoverMs: {} },
    },
  },
  server(setup, effects) {
    const machine = freelanceServer(setup, {
      ...effects,
      execute: (ticket, request) => {
        effects.execute(ticket, request);
        if (isVictim(effects, 'repeats', request.sequence)) effects.execute(ticket, request);
      },
    });
    machine.mayCommit = () => true;
    return machine;
  },
});

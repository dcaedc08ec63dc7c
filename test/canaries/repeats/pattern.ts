/** Executes some requests twice: DUPLICATED, against its claim to execute at most once. */
import { freelance } from '../../../patterns/freelance/pattern.ts';
import { freelanceServer } from '../../../patterns/freelance/server.ts';
import type { ServerMachine, Ticket } from '../../../patterns/machine.ts';
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
    const twice = new Set<Ticket>();
    const machine: ServerMachine = freelanceServer(setup, {
      ...effects,
      execute: (ticket, request) => {
        effects.execute(ticket, request);
        if (!isVictim(effects, 'repeats', request.sequence)) return;
        twice.add(ticket);
        effects.execute(ticket, request);
      },
    });
    machine.mayCommit = () => true;
    // It answers once: the second of the two would be given to whoever has the ticket by then.
    const executed = machine.executed.bind(machine);
    machine.executed = (now, ticket, status, reply) => {
      if (!twice.delete(ticket)) executed(now, ticket, status, reply);
    };
    return machine;
  },
});

/** Answers some requests without executing them: PHANTOM. */
import { freelanceServer } from '../../../patterns/freelance/server.ts';
import type { IncomingRequest, ServerMachine, Ticket } from '../../../patterns/machine.ts';
import { broken, isVictim } from '../broken.ts';

export const forgets = broken('forgets', 'answers some requests without executing them', {
  server(setup, effects) {
    const forgotten: [Ticket, IncomingRequest][] = [];
    const machine: ServerMachine = freelanceServer(setup, {
      ...effects,
      execute: (ticket, request) => {
        if (isVictim(effects, 'forgets', request.sequence)) forgotten.push([ticket, request]);
        else effects.execute(ticket, request);
      },
    });
    const flush = machine.flush.bind(machine);
    machine.flush = (now) => {
      flush(now);
      for (const [ticket, { client, sequence, body }] of forgotten.splice(0)) {
        const reply = Buffer.concat([Buffer.from(`${client}:${sequence}\n`), body]);
        machine.executed(now, ticket, 'committed', reply);
      }
    };
    return machine;
  },
});

/** Takes no notice of leases: a frozen server that thaws goes on with what others were given in the meantime. */
import { freelanceServer } from '../../../patterns/freelance/server.ts';
import type { Micros, Ticket } from '../../../patterns/machine.ts';
import { broken } from '../broken.ts';

export const thaws = broken('thaws', 'executes after a freeze what its lease no longer covers', {
  server(setup, effects) {
    const deadlines = new Map<Ticket, Micros>();
    const machine = freelanceServer(setup, {
      ...effects,
      execute(ticket, request) {
        deadlines.set(ticket, request.deadline);
        effects.execute(ticket, request);
      },
    });
    const { mayExecute, mayCommit } = machine;
    const isDue = (now: Micros, ticket: Ticket) => now < deadlines.get(ticket)!;
    // Deadlines it heeds: what its caller has no more use for is another crime.
    machine.mayExecute = (now, ticket) => isDue(now, ticket) || mayExecute.call(machine, now, ticket);
    machine.mayCommit = (now, ticket) => isDue(now, ticket) || mayCommit.call(machine, now, ticket);
    return machine;
  },
});

/** Sees no connection end, and finds a dead server out by its silence alone: not within what it claims of a kill. */
import { freelanceClient } from '../../../patterns/freelance/client.ts';
import type { ClientMachine } from '../../../patterns/machine.ts';
import { broken } from '../broken.ts';

export const dawdles = broken('dawdles', 'fails over late', {
  client(setup, effects) {
    const machine: ClientMachine = freelanceClient(setup, effects);
    const linked = machine.linked.bind(machine);
    machine.linked = (now, socket, endpoint, up, cause) => {
      if (up) linked(now, socket, endpoint, up, cause);
    };
    return machine;
  },
});

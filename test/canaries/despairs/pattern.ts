/** Takes a server's end for the end of what that server held: loses to a kill what it claims to save. */
import { freelanceClient } from '../../../patterns/freelance/client.ts';
import { broken } from '../broken.ts';

export const despairs = broken('despairs', 'gives up what a lost server held', {
  client(setup, effects) {
    const machine = freelanceClient(setup, effects);
    const transact = machine.transact.bind(machine);
    machine.transact = (now, order) => transact(now, { ...order, delivery: 'at-most-once' });
    return machine;
  },
});

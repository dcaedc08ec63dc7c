/** Takes no notice of leases: a frozen server that thaws goes on with what others were given in the meantime. */
import { freelanceServer } from '../../../patterns/freelance/server.ts';
import { broken } from '../broken.ts';

export const thaws = broken('thaws', 'executes after a freeze what its lease no longer covers', {
  server(setup, effects) {
    const machine = freelanceServer(setup, effects);
    machine.mayExecute = () => true;
    machine.mayCommit = () => true;
    return machine;
  },
});

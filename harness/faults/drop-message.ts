import { linkFault } from './fault.ts';
import { oneMessage, strikeMessage } from './one-message.ts';

export const dropMessage = linkFault({
  name: 'drop-message',
  about:
    'One message of that direction is not delivered, and the connection lives on: what no network does to a stream, and a queue that overflows, or a bug, does.',
  label: 'drop',
  worlds: ['processes', 'simulated'],
  manner: 'in-wait',
  isMomentary: true,
  followsMessages: true,
  options: oneMessage,
  inject: (link, injection) => strikeMessage(link, 'drop-message', injection),
});

import { linkFault } from './fault.ts';
import { oneMessage, strikeMessage } from './one-message.ts';

export const holdMessage = linkFault({
  name: 'hold-message',
  about:
    'One message of that direction is kept, and delivered by the cure, after those that came behind it: out of order, and late.',
  label: 'hold message',
  worlds: ['processes', 'simulated'],
  manner: 'in-wait',
  followsMessages: true,
  options: oneMessage,
  inject: (link, injection) => strikeMessage(link, 'hold-message', injection),
});

import { linkFault } from './fault.ts';
import { oneMessage, strikeMessage } from './one-message.ts';

export const duplicateMessage = linkFault({
  name: 'duplicate-message',
  about: 'One message of that direction is delivered twice.',
  label: 'duplicate',
  worlds: ['processes', 'simulated'],
  manner: 'in-wait',
  isMomentary: true,
  followsMessages: true,
  options: oneMessage,
  inject: (link, injection) => strikeMessage(link, 'duplicate-message', injection),
});

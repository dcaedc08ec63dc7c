import { linkFault } from './fault.ts';
import { oneMessage, strikeMessage } from './one-message.ts';

export const cutInFrame = linkFault({
  name: 'cut-in-frame',
  about: 'The connection is reset in the midst of one message of that direction: its receiver has half of a frame.',
  label: 'cut in frame',
  worlds: ['processes', 'simulated'],
  manner: 'in-wait',
  isMomentary: true,
  followsMessages: true,
  options: oneMessage,
  inject: (link, injection) => strikeMessage(link, 'cut-in-frame', injection),
});

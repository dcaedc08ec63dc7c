import { z } from 'zod';
import { directionsOf, eitherDirection, linkFault } from './fault.ts';

export const cut = linkFault({
  name: 'cut',
  about:
    'What is sent is lost, and nobody is told: a network that is gone. The cure resets each connection, as a stream with a hole in it is good for nothing.',
  label: 'cut',
  worlds: ['processes', 'simulated'],
  options: z.strictObject({
    ...eitherDirection,
  }),
  inject: (link, { options: { direction } }) => link.impair({ kind: 'cut' }, directionsOf(direction)),
});

import { z } from 'zod';
import { directionsOf, eitherDirection, linkFault } from './fault.ts';

export const hold = linkFault({
  name: 'hold',
  about:
    'What is sent is kept and delivered by the cure, as by a network that is jammed: nothing is lost, all of it late, the ends of connections too.',
  label: 'hold',
  worlds: ['processes', 'simulated'],
  options: z.strictObject({
    ...eitherDirection,
  }),
  inject: (link, { options: { direction } }) => link.impair({ kind: 'hold' }, directionsOf(direction)),
});

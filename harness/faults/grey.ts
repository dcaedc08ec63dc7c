import { z } from 'zod';
import { directionsOf, eitherDirection, linkFault } from './fault.ts';

export const grey = linkFault({
  name: 'grey',
  about:
    'Signs of life pass, ZMTP’s commands and what the pattern declares a heartbeat; everything else is kept and delivered by the cure. The transport looks healthy, and the application is not.',
  label: 'grey',
  worlds: ['processes', 'simulated'],
  followsMessages: true,
  options: z.strictObject(eitherDirection),
  inject: (link, { options: { direction } }) => link.impair({ kind: 'grey' }, directionsOf(direction)),
});

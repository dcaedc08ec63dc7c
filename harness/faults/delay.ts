import { z } from 'zod';
import { directionsOf, eitherDirection, linkFault } from './fault.ts';

export const delay = linkFault({
  name: 'delay',
  about: 'Everything comes so much later, and up to the jitter later still; in order.',
  label: 'delay',
  worlds: ['processes', 'simulated'],
  options: z.strictObject({
    ...eitherDirection,
    delayMs: z.number().min(0).max(60_000).default(100),
    /** At most, drawn by the seed for whatever comes together. */
    jitterMs: z.number().min(0).max(60_000).default(0),
  }),
  inject: (link, { options: { direction, delayMs, jitterMs } }) =>
    link.impair({ kind: 'delay', delayMs, jitterMs }, directionsOf(direction)),
});

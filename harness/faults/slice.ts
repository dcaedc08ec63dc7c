import { z } from 'zod';
import { directionsOf, eitherDirection, linkFault } from './fault.ts';

export const slice = linkFault({
  name: 'slice',
  about: 'What is sent comes in pieces of a few bytes, with a gap between them: every message in parts.',
  label: 'slice',
  worlds: ['processes'],
  otherwise: 'a message comes whole there or not at all, and as a narrow link there is bandwidth',
  options: z.strictObject({
    ...eitherDirection,
    /** Of each piece, drawn by the seed. */
    bytesMax: z.int().min(1).max(65_536).default(16),
    /** From each piece to the next. */
    gapMs: z.number().min(0).max(1000).default(1),
  }),
  inject: (link, { options: { direction, bytesMax, gapMs } }) =>
    link.impair({ kind: 'slice', bytesMax, gapMs }, directionsOf(direction)),
});

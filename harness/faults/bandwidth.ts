import { z } from 'zod';
import { directionsOf, eitherDirection, linkFault } from './fault.ts';

export const bandwidth = linkFault({
  name: 'bandwidth',
  about: 'No more than so many bytes a second come through; who sends more is told by TCP to wait.',
  label: 'bandwidth',
  worlds: ['processes', 'simulated'],
  options: z.strictObject({
    ...eitherDirection,
    bytesPerSec: z
      .int()
      .min(1)
      .max(10 ** 10)
      .default(10_000),
  }),
  inject: (link, { options: { direction, bytesPerSec } }) =>
    link.impair({ kind: 'bandwidth', bytesPerSec }, directionsOf(direction)),
});

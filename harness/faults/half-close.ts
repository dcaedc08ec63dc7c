import { z } from 'zod';
import { directionsOf, linkFault, oneDirection } from './fault.ts';

export const halfClose = linkFault({
  name: 'half-close',
  about:
    'Each connection ends with a FIN for the receiver of that direction, as if its sender had closed it; what the sender still says is lost until it hears of the end.',
  label: 'FIN',
  worlds: ['processes', 'simulated'],
  options: z.strictObject({
    ...oneDirection,
  }),
  inject: (link, { options: { direction } }) => link.impair({ kind: 'half-close' }, directionsOf(direction)),
});

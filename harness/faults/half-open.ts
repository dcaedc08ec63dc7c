import { z } from 'zod';
import { directionsOf, linkFault, oneDirection } from './fault.ts';

export const halfOpen = linkFault({
  name: 'half-open',
  about:
    'Each connection ends with a RST for the receiver of that direction, and its sender is not told: it believes itself connected, and what it says is lost until the cure.',
  label: 'half-open',
  worlds: ['processes', 'simulated'],
  options: z.strictObject({
    ...oneDirection,
  }),
  inject: (link, { options: { direction } }) => link.impair({ kind: 'half-open' }, directionsOf(direction)),
});

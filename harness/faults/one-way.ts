import { z } from 'zod';
import { hostsMissing } from '../worlds/processes/hosts/hosts.ts';
import { linkFault, oneDirection } from './fault.ts';

export const oneWay = linkFault({
  name: 'one-way',
  about:
    'The network between two hosts drops every packet that goes the one way, in silence, TCP’s acknowledgements of the other way too: what goes that other way arrives, and its sender can’t know. Each node has a host of its own: network namespaces, root on Linux.',
  label: 'one way lost',
  worlds: ['processes', 'simulated'],
  carrier: 'hosts',
  preflight: hostsMissing,
  options: z.strictObject({
    /** Which is dropped. */
    ...oneDirection,
  }),
  inject: (link, { options: { direction } }) => link.impair({ kind: 'drop-packets' }, [direction]),
});

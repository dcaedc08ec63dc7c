import { z } from 'zod';
import { hostsMissing } from '../worlds/processes/hosts/hosts.ts';
import { linkFault } from './fault.ts';

export const partition = linkFault({
  name: 'partition',
  about:
    'The network between two hosts drops every packet, either way and in silence; connections stay up, and what was sent comes when TCP sends it again after the cure, or never, where an end has given up. Each node has a host of its own: network namespaces, root on Linux.',
  label: 'partition',
  worlds: ['processes', 'simulated'],
  carrier: 'hosts',
  preflight: hostsMissing,
  options: z.strictObject({}),
  inject: (link) => link.impair({ kind: 'drop-packets' }, ['requests', 'replies']),
});

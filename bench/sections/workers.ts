import { growthSection } from './growth.ts';

export const workers = growthSection(
  'workers',
  'Many workers',
  ({ window }) =>
    'What does a broker’s dispatch cost as registered workers get more? Each worker is a DEALER of its own that speaks ' +
    `18/MDP, with heartbeats at the broker’s defaults; the least recently used is next; ${window} in ` +
    'flight from one bare client, so that no request waits for a worker.',
);

import { growthSection } from './growth.ts';

export const clients = growthSection(
  'clients',
  'Many clients',
  ({ window }) =>
    `What does a transaction cost as clients get more? All clients are in one process, each with ${window} in flight where they are few, and 2400 in flight together at most; one ` +
    'server process, and for majordomo a broker and four workers of credit one.',
);

import { growthSection } from './growth.ts';

export const servers = growthSection(
  'servers',
  'Many servers',
  ({ window }) =>
    `What does a transaction cost a client as its servers get more? All servers are in one process; ${window} in flight for ` +
    'each of them, from one client.',
);

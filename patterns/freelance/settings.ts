import { commonSettings, heartbeatSettings } from '../parts/common-settings.ts';
import type { Settings } from '../parts/settings.ts';

export const freelanceSettings = {
  ...commonSettings,
  ...heartbeatSettings,
  window: {
    kind: 'number',
    default: 1024,
    min: 1,
    max: 65_536,
    unit: 'transactions',
    about: 'client: how many one server may hold, and so how many its death can put in doubt',
  },
  leases: {
    kind: 'switch',
    default: true,
    about: 'client: attempts carry a lease, so that what a frozen server held is not executed after it thaws',
  },
} as const satisfies Settings;

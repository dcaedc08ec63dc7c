import { commonSettings, heartbeatSettings } from '../parts/common-settings.ts';
import type { Settings } from '../parts/settings.ts';

export const majordomoSettings = {
  ...commonSettings,
  ...heartbeatSettings,
  window: {
    kind: 'number',
    default: 1024,
    min: 1,
    max: 65_536,
    unit: 'transactions',
    about: 'client: how many may be with one broker at once',
  },
  plainIdentities: {
    kind: 'number',
    default: 8,
    min: 1,
    max: 1024,
    unit: 'transactions',
    about: 'client: on the plain wire, how many may be with one broker at once, each on a socket of its own',
  },
  servicesLimit: {
    kind: 'number',
    default: 1024,
    min: 1,
    max: 65_536,
    unit: 'services',
    about: 'broker: how many services may have workers or requests; one more is turned away',
  },
  resendPlain: {
    kind: 'switch',
    default: false,
    about:
      'broker: send a dead worker’s request again where it is of another make and does not say whether it may repeat',
  },
  leases: {
    kind: 'switch',
    default: true,
    about:
      'server: a worker that was silent itself drops what the broker may have given to another, and registers anew',
  },
} as const satisfies Settings;

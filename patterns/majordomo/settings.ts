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
  mdp: {
    kind: 'choice',
    default: '0.2',
    options: ['0.1', '0.2'],
    about: 'client and server: the version to speak; 0.1 for brokers of other makes that know no other',
  },
  plainHeartbeatIntervalMs: {
    kind: 'number',
    default: 2500,
    min: 1,
    max: 600_000,
    unit: 'ms',
    about: 'server and broker: how often each is heard where the other is of another make',
  },
  plainHeartbeatTimeoutMs: {
    kind: 'number',
    default: 7500,
    min: 2,
    max: 3_600_000,
    unit: 'ms',
    about: 'server and broker: one of another make that is silent for so long is taken for lost',
  },
  totalQueueLimit: {
    kind: 'number',
    default: 65_536,
    min: 1,
    max: 4_194_304,
    unit: 'requests',
    about: 'broker: how many may wait for workers in all services; `queueLimit` is for each of them',
  },
  queueLimitBytes: {
    ...commonSettings.queueLimitBytes,
    about:
      'server and broker: how much requests may take, unanswered or waiting for workers; and as much, answers on their way',
  },
  workersLimit: {
    kind: 'number',
    default: 4096,
    min: 1,
    max: 65_536,
    unit: 'workers',
    about: 'broker: how many workers may be registered; one more is told to disconnect',
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

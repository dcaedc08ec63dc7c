import { commonSettings } from '../parts/common-settings.ts';
import type { Settings } from '../parts/settings.ts';

export const brokerlessReqSettings = {
  ...commonSettings,
  slots: {
    kind: 'number',
    default: 12,
    min: 1,
    max: 1024,
    unit: 'slots',
    about:
      'client: lock-step REQ sockets, so transactions that can be with servers at once; in `reverse`, endpoints it binds',
  },
  highWaterMark: {
    kind: 'number',
    default: 1,
    min: 1,
    max: 100_000,
    unit: 'messages',
    about: 'client: what each socket queues for each server, one that is down included',
  },
  immediate: { kind: 'switch', default: false, about: 'client: queue only to servers whose connection is up' },
  retry: {
    kind: 'switch',
    default: false,
    about: 'client: send again on the same slot when no answer came in time (relaxed, correlated REQ)',
  },
  retryMs: {
    kind: 'number',
    default: 500,
    min: 1,
    max: 3_600_000,
    unit: 'ms',
    about:
      'client: how long that time is; one that takes longer is begun at the next server too, while it goes on at the first',
  },
  leases: {
    kind: 'switch',
    default: true,
    about:
      'client: what is sent again carries a lease, so that a frozen server does not execute it after it thaws; it counts from when a server reads it, so what lay long in the client’s own buffers may still be executed',
  },
} as const satisfies Settings;

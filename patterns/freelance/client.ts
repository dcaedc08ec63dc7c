import type { ClientMachine, Effects } from '../machine.ts';
import { DealingClient } from '../parts/dealing-client.ts';
import { batchMax, frameLimit } from '../parts/router-server.ts';
import type { Values } from '../parts/settings.ts';
import type { ClientSetup } from '../pattern.ts';
import type { freelanceSettings } from './settings.ts';
import { flpWire, freelanceWire } from './wire.ts';

/** Freelance's client: deals transactions out over the servers themselves. */
export function freelanceClient(setup: ClientSetup<typeof freelanceSettings>, effects: Effects): ClientMachine {
  const settings: Values<typeof freelanceSettings> = setup.settings;
  const isPlain = settings.wire === 'plain';
  return new DealingClient(
    {
      ...setup,
      ...settings,
      batchLimit: isPlain ? 1 : Math.min(batchMax, Math.max(1, settings.window >> 1)),
      leases: settings.leases && !isPlain,
      identities: 0,
      areBrokers: false,
      maxMessageBytes: frameLimit(settings.payloadLimitBytes),
    },
    isPlain ? flpWire(setup.clientId) : freelanceWire(setup.clientId, setup.service),
    effects,
  );
}

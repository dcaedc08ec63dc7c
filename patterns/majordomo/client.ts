import type { ClientMachine, Effects } from '../machine.ts';
import { DealingClient } from '../parts/dealing-client.ts';
import { frameLimit } from '../parts/router-server.ts';
import type { ClientSetup } from '../pattern.ts';
import type { majordomoSettings } from './settings.ts';
import { majordomoWire } from './wire.ts';

/** Majordomo's client: deals transactions out over brokers. One a message: a message occupies one worker. */
export function majordomoClient(setup: ClientSetup<typeof majordomoSettings>, effects: Effects): ClientMachine {
  const { settings } = setup;
  return new DealingClient(
    { ...setup, ...settings, batchLimit: 1, leases: false, maxMessageBytes: frameLimit(settings.payloadLimitBytes) },
    majordomoWire(setup.service),
    effects,
  );
}

import type { ClientMachine, Effects } from '../machine.ts';
import { DealingClient } from '../parts/dealing-client.ts';
import { frameLimit } from '../parts/router-server.ts';
import type { ClientSetup } from '../pattern.ts';
import type { majordomoSettings } from './settings.ts';
import { majordomoWire, mdpOf, plainMajordomoWire } from './wire.ts';

/** Majordomo's client: deals transactions out over brokers. One a message: a message occupies one worker. */
export function majordomoClient(setup: ClientSetup<typeof majordomoSettings>, effects: Effects): ClientMachine {
  const { settings } = setup;
  const mdp = mdpOf(settings.mdp);
  const isPlain = settings.wire === 'plain';
  return new DealingClient(
    {
      ...setup,
      ...settings,
      batchLimit: 1,
      leases: false,
      identities: isPlain ? settings.plainIdentities : 0,
      maxMessageBytes: frameLimit(settings.payloadLimitBytes),
    },
    isPlain ? plainMajordomoWire(setup.clientId, setup.service, mdp) : majordomoWire(setup.service, mdp),
    effects,
  );
}

import type { ClientMachine, Effects } from '../machine.ts';
import { DealingClient } from '../parts/dealing-client.ts';
import { frameLimit } from '../parts/router-server.ts';
import type { ClientSetup } from '../pattern.ts';
import { Batches, countMax } from './batches.ts';
import type { majordomoSettings } from './settings.ts';
import { majordomoWire, mdpOf, plainMajordomoWire } from './wire.ts';

/**
 * Majordomo's client: deals transactions out over brokers. A message occupies one worker, so what it carries depends on the
 * workers; and it is one transaction where it could only be answered whole.
 */
export function majordomoClient(setup: ClientSetup<typeof majordomoSettings>, effects: Effects): ClientMachine {
  const { settings } = setup;
  const mdp = mdpOf(settings.mdp);
  const isPlain = settings.wire === 'plain';
  const isPacked = !isPlain && mdp.hasParts;
  return new DealingClient(
    {
      ...setup,
      ...settings,
      batchLimit: isPacked ? countMax : 1,
      ...(isPacked ? { packing: new Batches() } : {}),
      leases: false,
      areBrokers: true,
      identities: isPlain ? settings.plainIdentities : 0,
      maxMessageBytes: frameLimit(settings.payloadLimitBytes),
    },
    isPlain ? plainMajordomoWire(setup.clientId, setup.service, mdp) : majordomoWire(setup.service, mdp),
    effects,
  );
}

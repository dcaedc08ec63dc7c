/**
 * Peers of other makes, written in Python from the RFCs alone, in every direction: with our broker, our workers, our
 * servers and our clients. Every body is different, and every reply is checked against its own request.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { brokerlessReq } from '../../patterns/brokerless-req/pattern.ts';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { World } from '../contract/world.ts';
import { pythonWithZmq } from '../needs.ts';
import { Peer, type Tally } from './peer.ts';
import { ask, marked, transactions } from './transactions.ts';

const python = pythonWithZmq('for peers of other makes')!;
const ends: { stop?(): Promise<void>; close?(): Promise<void> }[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await (end.stop ?? end.close)!.call(end);
});

async function world(pattern: AnyPattern, variant = Object.keys(pattern.variants)[0]!): Promise<World> {
  const opened = await World.open(pattern, variant);
  ends.push(opened);
  return opened;
}

async function serving(program: string, ...args: string[]): Promise<Peer> {
  const peer = await Peer.serving(python, program, ...args);
  ends.push(peer);
  return peer;
}

function asking(program: string, ...args: string[]): Promise<Tally> {
  return Peer.asking(python, program, ...args);
}

const count = `${transactions}`;

function expectAllRight(direction: string, tally: Tally): void {
  console.log(`${direction}: ${tally.right} of ${tally.count} right in ${tally.seconds} s`);
  expect(tally).toMatchObject({ count: transactions, right: transactions, mixed_up: 0, lost: 0, retries: 0 });
}

describe.skipIf(python === undefined)('peers of other makes', { timeout: 120_000 }, () => {
  test('MDP 0.1: their client and worker, through our broker', async () => {
    const at = await world(majordomo);
    await at.broker();
    await serving('mdp_worker', '0.1', at.endpoints[0]!, 'echo');
    expectAllRight(
      'their client, our broker, their worker',
      await asking('mdp_client', '0.1', at.endpoints[0]!, 'echo', count),
    );
  });

  test('MDP 0.1: their client, our broker and worker', async () => {
    const at = await world(majordomo);
    await at.server(marked, { service: 'echo', concurrency: 4 });
    expectAllRight(
      'their client, our broker, our worker',
      await asking('mdp_client', '0.1', at.endpoints[0]!, 'echo', count),
    );
  });

  test('MDP 0.1: our client and worker, through their broker', async () => {
    const at = await world(majordomo);
    at.endpoints.push(at.endpoint());
    await serving('mdp_broker', at.endpoints[0]!);
    await at.server(marked, { concurrency: 4, mdp: '0.1' });
    expectAllRight(
      'our client, their broker, our worker',
      await ask(await at.readyClient({ mdp: '0.1' }), transactions),
    );
  });

  test('MDP 0.1: their client, their broker, our worker', async () => {
    const at = await world(majordomo);
    at.endpoints.push(at.endpoint());
    await serving('mdp_broker', at.endpoints[0]!);
    await at.server(marked, { service: 'echo', concurrency: 4, mdp: '0.1' });
    expectAllRight(
      'their client, their broker, our worker',
      await asking('mdp_client', '0.1', at.endpoints[0]!, 'echo', count),
    );
  });

  test('FLP: their client, our servers', async () => {
    const at = await world(freelance);
    for (let i = 0; i < 3; i++) await at.server(marked);
    expectAllRight('their client, our servers', await asking('flp_client', count, '16', ...at.endpoints));
  });

  test('REQ: their client, our server', async () => {
    const at = await world(brokerlessReq);
    await at.server(marked);
    expectAllRight('their REQ, our server', await asking('req_client', at.endpoints[0]!, count));
  });

  test.each(Object.keys(brokerlessReq.variants))('REQ: our client (%s), their REP servers', async (variant) => {
    const at = await world(brokerlessReq, variant);
    for (let i = 0; i < 2; i++) {
      at.endpoints.push(at.endpoint());
      await serving('rep_server', at.endpoints[i]!);
    }
    const client = await at.client({ wire: 'plain' });
    await client.ready({ servers: 2 });
    expectAllRight(`our REQ (${variant}), their REP`, await ask(client, transactions));
  });

  test('FLP: our client, their servers', async () => {
    const at = await world(freelance);
    for (let i = 0; i < 3; i++) {
      at.endpoints.push(at.endpoint());
      await serving('flp_server', at.endpoints[i]!);
    }
    const client = await at.client({ wire: 'plain' });
    await client.ready({ servers: 3 });
    expectAllRight('our client, their servers', await ask(client, transactions));
  });

  test('FLP: our client, our servers', async () => {
    const at = await world(freelance);
    for (let i = 0; i < 3; i++) await at.server(marked);
    expectAllRight('our plain client, our servers', await ask(await at.readyClient({ wire: 'plain' }), transactions));
  });

  describe('MDP 0.1, our client on the plain wire', () => {
    async function plainClient(at: World) {
      return at.readyClient({ wire: 'plain', service: 'echo' });
    }

    test('their broker and worker', async () => {
      const at = await world(majordomo);
      at.endpoints.push(at.endpoint());
      await serving('mdp_broker', at.endpoints[0]!);
      for (let i = 0; i < 2; i++) await serving('mdp_worker', '0.1', at.endpoints[0]!, 'echo');
      expectAllRight('our plain client, their broker and workers', await ask(await plainClient(at), transactions));
    });

    test('our broker, their worker', async () => {
      const at = await world(majordomo);
      await at.broker();
      for (let i = 0; i < 2; i++) await serving('mdp_worker', '0.1', at.endpoints[0]!, 'echo');
      expectAllRight('our plain client, our broker, their workers', await ask(await plainClient(at), transactions));
    });

    test('their broker, our worker', async () => {
      const at = await world(majordomo);
      at.endpoints.push(at.endpoint());
      await serving('mdp_broker', at.endpoints[0]!);
      await at.server(marked, { service: 'echo', concurrency: 4 });
      expectAllRight('our plain client, their broker, our worker', await ask(await plainClient(at), transactions));
    });
  });
});

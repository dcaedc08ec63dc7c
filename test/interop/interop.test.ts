/**
 * Peers of other makes, written in Python from the RFCs alone, in every direction: with our broker, our workers, our
 * servers and our clients. Every body is different, and every reply is checked against its own request.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { brokerlessReq } from '../../patterns/brokerless-req/pattern.ts';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { connect } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { bytes, text, World } from '../contract/world.ts';
import { pythonWithZmq } from '../needs.ts';
import { Peer, type Tally } from './peer.ts';
import { ask, marked, markedInParts, transactions } from './transactions.ts';

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

async function theirBroker(): Promise<World> {
  const at = await world(majordomo);
  at.endpoints.push(at.endpoint());
  await serving('mdp_broker', at.endpoints[0]!);
  return at;
}

function theirClient(at: World, mdp: string): Promise<Tally> {
  return asking('mdp_client', mdp, at.endpoints[0]!, 'echo', count);
}

async function ourClient(at: World, settings: Record<string, unknown>): Promise<Tally> {
  return ask(await at.readyClient({ service: 'echo', ...settings }), transactions);
}

function expectAllRight(tally: Tally): void {
  const direction = expect.getState().currentTestName?.split(' > ').slice(1).join(': ');
  console.log(`${direction}: ${tally.right} of ${tally.count} right in ${tally.seconds} s`);
  expect(tally).toMatchObject({ count: transactions, right: transactions, mixed_up: 0, lost: 0, retries: 0 });
}

describe.skipIf(python === undefined)('peers of other makes', { timeout: 120_000 }, () => {
  describe.each(['0.1', '0.2'])('MDP %s', (mdp) => {
    test('their client and worker, through our broker', async () => {
      const at = await world(majordomo);
      await at.broker();
      for (let i = 0; i < 2; i++) await serving('mdp_worker', mdp, at.endpoints[0]!, 'echo');
      expectAllRight(await theirClient(at, mdp));
    });

    test('their client, our broker and worker', async () => {
      const at = await world(majordomo);
      await at.server(marked, { service: 'echo', concurrency: 4, mdp });
      expectAllRight(await theirClient(at, mdp));
    });

    test('their client and broker, our worker', async () => {
      const at = await theirBroker();
      await at.server(marked, { service: 'echo', concurrency: 4, mdp });
      expectAllRight(await theirClient(at, mdp));
    });

    test('our client and worker, through their broker', async () => {
      const at = await theirBroker();
      await at.server(marked, { service: 'echo', concurrency: 4, mdp });
      expectAllRight(await ourClient(at, { mdp }));
    });

    test('our plain client and worker, through their broker', async () => {
      const at = await theirBroker();
      await at.server(marked, { service: 'echo', concurrency: 4, mdp });
      expectAllRight(await ourClient(at, { mdp, wire: 'plain' }));
    });

    test('our plain client, their broker and worker', async () => {
      const at = await theirBroker();
      for (let i = 0; i < 2; i++) await serving('mdp_worker', mdp, at.endpoints[0]!, 'echo');
      expectAllRight(await ourClient(at, { mdp, wire: 'plain' }));
    });

    test('our plain client and broker, their worker', async () => {
      const at = await world(majordomo);
      await at.broker();
      for (let i = 0; i < 2; i++) await serving('mdp_worker', mdp, at.endpoints[0]!, 'echo');
      expectAllRight(await ourClient(at, { mdp, wire: 'plain' }));
    });
  });

  describe('both versions of MDP at our broker', () => {
    test.each([
      ['0.1', '0.2'],
      ['0.2', '0.1'],
    ])('their client speaks %s, their worker %s', async (client, worker) => {
      const at = await world(majordomo);
      await at.broker();
      await serving('mdp_worker', worker, at.endpoints[0]!, 'echo');
      expectAllRight(await theirClient(at, client));
    });
  });

  describe('MDP 0.2: answers in parts', () => {
    const parts = '2';

    test('of their worker through our broker, to their client', async () => {
      const at = await world(majordomo);
      await at.broker();
      await serving('mdp_worker', '0.2', at.endpoints[0]!, 'echo', parts);
      expectAllRight(await theirClient(at, '0.2'));
    });

    test('of their worker through their broker, to our client', async () => {
      const at = await theirBroker();
      await serving('mdp_worker', '0.2', at.endpoints[0]!, 'echo', parts);
      const settings = { mdp: '0.2', wire: 'plain' };
      expectAllRight(await ourClient(at, settings));
      const client = await at.readyClient({ ...settings, service: 'echo' });
      const streamed: string[] = [];
      for await (const part of client.stream(bytes('0123456789'))) streamed.push(text(part));
      expect(streamed.length).toBe(3);
      expect(streamed.join('')).toBe('re: 0123456789');
    });

    test('of our worker through their broker, to their client', async () => {
      const at = await theirBroker();
      await at.server(markedInParts, { service: 'echo', concurrency: 4, mdp: '0.2' });
      expectAllRight(await theirClient(at, '0.2'));
    });
  });

  test('FLP: their client, our servers', async () => {
    const at = await world(freelance);
    for (let i = 0; i < 3; i++) await at.server(marked);
    expectAllRight(await asking('flp_client', count, '16', ...at.endpoints));
  });

  test('REQ: their client, our server', async () => {
    const at = await world(brokerlessReq);
    await at.server(marked);
    expectAllRight(await asking('req_client', at.endpoints[0]!, count));
  });

  const calling = Object.entries(brokerlessReq.variants).filter(([, variant]) => variant.topology === undefined);
  test.each(calling.map(([name]) => name))('REQ: our client (%s), their REP servers', async (variant) => {
    const at = await world(brokerlessReq, variant);
    for (let i = 0; i < 2; i++) {
      at.endpoints.push(at.endpoint());
      await serving('rep_server', 'bind', at.endpoints[i]!);
    }
    const client = await at.client({ wire: 'plain' });
    await client.ready({ servers: 2 });
    expectAllRight(await ask(client, transactions));
  });

  test('REQ: our client that binds (reverse), their REP servers that connect', async () => {
    const at = await world(brokerlessReq, 'reverse');
    const bind = Array.from({ length: 4 }, () => at.endpoint());
    const client = await connect(brokerlessReq, { variant: 'reverse', bind, slots: 4, wire: 'plain' });
    ends.push(client);
    for (let i = 0; i < 2; i++) await serving('rep_server', 'connect', ...bind);
    await client.ready({ servers: 2 });
    expectAllRight(await ask(client, transactions));
  });

  test('FLP: our client, their servers', async () => {
    const at = await world(freelance);
    for (let i = 0; i < 3; i++) {
      at.endpoints.push(at.endpoint());
      await serving('flp_server', at.endpoints[i]!);
    }
    const client = await at.client({ wire: 'plain' });
    await client.ready({ servers: 3 });
    expectAllRight(await ask(client, transactions));
  });

  test('FLP: our client, our servers', async () => {
    const at = await world(freelance);
    for (let i = 0; i < 3; i++) await at.server(marked);
    expectAllRight(await ask(await at.readyClient({ wire: 'plain' }), transactions));
  });
});

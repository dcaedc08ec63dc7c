/** MDP 0.1 and 0.2 on one socket at the same time: whoever asks is answered as it asked, whoever serves. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { connect, type Handler, serve, start } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { bytes, text } from '../contract/world.ts';
import { Cleanups, mdp01, mdp02, RawDealer, type Version, versions } from './raw-peers.ts';

const cleanups = new Cleanups();
afterEach(() => cleanups.run());

async function broker(settings: object = {}) {
  const endpoint = cleanups.endpoint();
  const running = await start(majordomo, 'broker', { bind: endpoint, ...settings });
  cleanups.add(running, (one) => one.close({ drainMs: 0 }));
  const peer = (version: Version) => new RawDealer(version, endpoint, cleanups);
  const worker = async (version: Version, service = 'echo') => {
    const before = running.stats().workers;
    const one = peer(version);
    await one.say(version.ready(service));
    await vi.waitUntil(() => running.stats().workers > before, { timeout: 4000 });
    return one;
  };
  return { endpoint, running, peer, worker };
}

test('clients and workers of both versions are served at the same time, on one socket', async () => {
  const { peer, worker } = await broker();
  // An odd number, so that no client in lock-step meets the same one for ever.
  for (const version of [...versions, mdp02]) {
    const one = await worker(version);
    void one.serve((body) => [`by ${version.name}`, ...body]);
  }
  const served = new Map<string, Set<string>>();
  await Promise.all(
    [mdp01, mdp02, mdp01, mdp02].map(async (version, n) => {
      const client = peer(version);
      for (let i = 0; i < 100; i++) {
        const body = [`${n}.${i}`, '', `${i}`];
        await client.ask('echo', ...body);
        const reply = await client.next();
        const by = reply[reply.length - body.length - 1]!;
        expect(reply).toEqual(version.reply('echo', by, ...body));
        served.set(version.name, (served.get(version.name) ?? new Set()).add(by));
      }
    }),
  );
  for (const version of versions) expect([...served.get(version.name)!].sort()).toEqual(['by 0.1', 'by 0.2']);
});

describe('a worker of 0.2 that answers in parts', () => {
  test('to a client of 0.1 they are gathered, and leave as one REPLY, frame by frame', async () => {
    const { peer, worker } = await broker();
    const one = await worker(mdp02);
    const client = peer(mdp01);
    for (let round = 0; round < 2; round++) {
      await client.ask('echo', 'x');
      const { address } = await one.work();
      await one.say(mdp02.partial!(address, 'a', ''));
      await one.say(mdp02.partial!(address, 'b'));
      await one.say(mdp02.final(address, '', 'c'));
      expect(await client.next()).toEqual(mdp01.reply('echo', 'a', '', 'b', '', 'c'));
    }
  });

  test('what is gathered is bounded: a larger answer is dropped and counted, and its worker serves on', async () => {
    const { running, peer, worker } = await broker({ payloadLimitBytes: 1000 });
    const one = await worker(mdp02);
    const client = peer(mdp01);
    await client.ask('echo', 'x');
    const { address } = await one.work();
    const part = mdp02.partial!(address, 'p'.repeat(100_000));
    for (let i = 0; i < 12; i++) await one.say(part);
    await one.say(mdp02.final(address, 'end'));
    await vi.waitUntil(() => running.stats().answersDropped === 1, { timeout: 4000 });
    expect(await client.fence()).toEqual([]);
    await client.ask('echo', 'y');
    const next = await one.work();
    await one.say(mdp02.final(next.address, 'served'));
    expect(await client.next()).toEqual(mdp01.reply('echo', 'served'));
    expect(running.stats()).toMatchObject({ workers: 1, workersLost: 0, handed: 0 });
  });

  test('of one that dies in the middle, a client of 0.1 hears nothing, and the next one’s answer whole', async () => {
    const { peer, worker } = await broker({ resendPlain: true });
    const [first, second] = [await worker(mdp02), await worker(mdp02)];
    const client = peer(mdp01);
    await client.ask('echo', 'x');
    const { address } = await first.work();
    await first.say(mdp02.partial!(address, 'half'));
    await first.say(mdp02.heartbeat);
    first.close();
    const again = await second.work();
    await second.say(mdp02.final(again.address, 'whole'));
    expect(await client.next()).toEqual(mdp01.reply('echo', 'whole'));
  });

  test('of one that dies in the middle, a client of 0.2 that saw a part is not told it again', async () => {
    const { running, peer, worker } = await broker({ resendPlain: true });
    const [first, second] = [await worker(mdp02), await worker(mdp02)];
    const client = peer(mdp02);
    await client.ask('echo', 'x');
    const { address } = await first.work();
    await first.say(mdp02.partial!(address, 'half'));
    expect(await client.next()).toEqual(mdp02.clientPartial!('echo', 'half'));
    first.close();
    await vi.waitUntil(() => running.stats().abandoned === 1, { timeout: 4000 });
    await client.ask('echo', 'y');
    expect((await second.work()).body).toEqual(['y']);
  });
});

describe.each(['0.1', '0.2'] as const)('our server, MDP %s', (serverMdp) => {
  describe.each(['0.1', '0.2'] as const)('and our client, MDP %s', (clientMdp) => {
    const counting: Handler = async function* (body) {
      for (let i = 0; i < 3; i++) yield bytes(`${text(body)}${i}`);
    };

    test('answers in parts come in parts where both can, and whole otherwise', async () => {
      const { endpoint } = await broker();
      const server = await serve(majordomo, { connect: endpoint, mdp: serverMdp, concurrency: 4 }, counting);
      cleanups.add(server, (one) => one.close({ drainMs: 0 }));
      const client = await connect(majordomo, { endpoints: endpoint, mdp: clientMdp });
      cleanups.add(client, (one) => one.close({ drainMs: 0 }));
      await client.ready();
      const all = await Promise.all(
        Array.from({ length: 20 }, async (_, n) => {
          const parts: string[] = [];
          for await (const part of client.stream(bytes(`${n}.`))) parts.push(text(part));
          return parts;
        }),
      );
      expect(all).toEqual(Array.from({ length: 20 }, (_, n) => [`${n}.0`, `${n}.1`, `${n}.2`]));
      expect(text(await client.transact(bytes('x')))).toBe('x0x1x2');
    });
  });
});

/** What the Guide's own broker gets wrong, by the project's list of it, and ours must not. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { connect, serve, start } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { bytes, echo, failureOf, Gate, text } from '../contract/world.ts';
import { Cleanups, RawDealer, versions } from './raw-peers.ts';

const cleanups = new Cleanups();
afterEach(() => cleanups.run());

const quick = { plainHeartbeatIntervalMs: 60, plainHeartbeatTimeoutMs: 400 };

describe.each(versions)('MDP $name', (version) => {
  async function broker(settings: object = {}, endpoint = cleanups.endpoint()) {
    const running = await start(majordomo, 'broker', { bind: endpoint, ...settings });
    cleanups.add(running, (one) => one.close({ drainMs: 0 }));
    const peer = () => new RawDealer(version, endpoint, cleanups);
    const worker = async (service = 'echo') => {
      const before = running.stats().workersUp;
      const one = peer();
      await one.say(version.ready(service));
      await vi.waitUntil(() => running.stats().workersUp > before, { timeout: 4000 });
      return one;
    };
    return { running, endpoint, peer, worker };
  }

  test('1: a dead idle worker does not hide behind a live one', async () => {
    const { running, peer, worker } = await broker(quick);
    const live = await worker();
    const timer = setInterval(() => void live.say(version.heartbeat), 40);
    cleanups.add(timer, clearInterval);
    for (let i = 0; i < 3; i++) await worker();
    await vi.waitUntil(() => running.stats().workers === 1, { timeout: 4000 });
    void live.serve((body) => [...body]);
    const client = peer();
    for (let i = 0; i < 4; i++) {
      await client.ask('echo', `${i}`);
      expect(await client.next()).toEqual(version.reply('echo', `${i}`));
    }
  });

  test.each(['silence', 'its connection'])(
    '2: a worker that dies busy is found out by %s, and forgotten',
    async (how) => {
      const { running, peer, worker } = await broker(quick);
      const busy = await worker();
      const client = peer();
      await client.ask('echo', 'x');
      await busy.work();
      if (how !== 'silence') busy.close();
      await vi.waitUntil(() => running.stats().workers === 0, { timeout: 4000 });
      expect(running.stats()).toMatchObject({ handed: 0, abandoned: 1, services: 0 });
      await client.ask('mmi.service', 'echo');
      expect(await client.next()).toEqual(version.reply('mmi.service', '404'));
    },
  );

  test('3: what a dead worker had goes to another', async () => {
    const { endpoint, running } = await broker();
    const gate = new Gate();
    const [first, second] = [gate.handler, echo].map((handler) =>
      serve(majordomo, { connect: endpoint, mdp: version.name, concurrency: 5 }, handler),
    );
    const dying = await first!;
    await vi.waitUntil(() => running.stats().workers === 1 || running.stats().workers === 2, { timeout: 4000 });
    const client = await connect(majordomo, { endpoints: endpoint, mdp: version.name });
    cleanups.add(client, (one) => one.close({ drainMs: 0 }));
    await client.ready();
    const replies = Array.from({ length: 5 }, (_, i) => client.transact(bytes(`${i}`)));
    cleanups.add(await second!, (one) => one.close({ drainMs: 0 }));
    await gate.until(1);
    await dying.close({ drainMs: 0 });
    expect((await Promise.all(replies)).map(text)).toEqual(['0', '1', '2', '3', '4']);
    gate.open();
  });

  test('4: what waits expires, and what a client asked that is gone is not executed', async () => {
    const { running, peer, worker } = await broker({ timeoutMs: 200 });
    const [patient, leaving] = [peer(), peer()];
    await patient.ask('echo', 'too late');
    await vi.waitUntil(() => running.stats().refusals.expired === 1, { timeout: 4000 });
    await leaving.ask('echo', 'gone');
    await vi.waitUntil(() => running.stats().waiting === 1, { timeout: 4000 });
    leaving.close();
    await vi.waitUntil(() => running.stats().waiting === 0, { timeout: 4000 });
    const one = await worker();
    await patient.ask('echo', 'still there');
    expect((await one.work()).body).toEqual(['still there']);
  });

  test('4: of our own requests their clients are told that they expired', async () => {
    const { endpoint, running } = await broker();
    const client = await connect(majordomo, { endpoints: endpoint, mdp: version.name });
    cleanups.add(client, (one) => one.close({ drainMs: 0 }));
    const failure = failureOf(client.transact(bytes('x'), { timeoutMs: 400 }));
    expect(await failure).toMatchObject({ outcome: 'refused', definite: true });
    expect(running.stats().waiting).toBe(0);
  });

  test('5: services that were only asked for are forgotten, and there are never more than so many', async () => {
    const { running, peer } = await broker({ servicesLimit: 50, timeoutMs: 300 });
    const client = peer();
    for (let i = 0; i < 500; i++) await client.ask(`junk ${i}`, 'x');
    await client.fence();
    expect(running.stats().services).toBeLessThanOrEqual(50);
    expect(running.stats().refusals.servicesFull).toBeGreaterThanOrEqual(450 - 1);
    await vi.waitUntil(() => running.stats().services === 0, { timeout: 4000 });
    expect(running.stats()).toMatchObject({ waiting: 0, waitingBytes: 0 });
  });

  test('6: "mmi." is reserved as a service’s name, and not as a worker’s routing id', async () => {
    const { running, endpoint, peer, worker } = await broker();
    await worker();
    const named = new RawDealer(version, endpoint, cleanups, 'mmi.worker');
    await named.say(version.ready('echo'));
    await vi.waitUntil(() => running.stats().workers === 2, { timeout: 4000 });
    const bad = peer();
    await bad.say(version.ready('mmi.mine'));
    expect(await bad.next()).toEqual(version.disconnect);
    expect(running.stats().workers).toBe(2);
  });

  test('7: strangers and broken messages leave nothing behind, and stop nothing', async () => {
    const { running, peer, worker } = await broker();
    void (await worker()).serve((body) => [...body]);
    const odd = Array.from({ length: 20 }, () => peer());
    for (const [i, one] of odd.entries()) {
      await one.say(version.final('nobody', 'x'));
      await one.say(version.heartbeat);
      await one.say(new Array(i).fill('\x00\xff'.repeat(i)) as string[]);
      await one.say(version.ready('echo').slice(0, -1 - (i % 2)));
      await one.fence();
    }
    expect(running.stats()).toMatchObject({ workers: 1, services: 1, waiting: 0, handed: 0 });
    const client = peer();
    await client.ask('echo', 'x');
    expect(await client.next()).toEqual(version.reply('echo', 'x'));
  });

  test('8: a broker that comes back tells workers it does not know so, and they register again', async () => {
    const first = await broker();
    const server = await serve(majordomo, { connect: first.endpoint, mdp: version.name, service: 'echo' }, echo);
    cleanups.add(server, (one) => one.close({ drainMs: 0 }));
    await vi.waitUntil(() => first.running.stats().workers === 1, { timeout: 4000 });
    const foreign = await first.worker();
    await first.running.close({ drainMs: 0 });
    const second = await broker({}, first.endpoint);
    await vi.waitUntil(() => second.running.stats().workers === 1, { timeout: 4000 });
    // libzmq connects the other one again by itself; its next heartbeat is answered.
    const timer = setInterval(() => void foreign.say(version.heartbeat), 50);
    cleanups.add(timer, clearInterval);
    expect(await foreign.next()).toEqual(version.disconnect);
    expect(second.running.stats().workers).toBe(1);
  });
});

/**
 * Our broker against peers of other makes, sentence by sentence of 7/MDP 0.1 and 18/MDP 0.2. The ids are those of the
 * project's checklist of both.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Broker, start } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import { RecordingEffects } from '../patterns/recording-effects.ts';
import { Cleanups, isText, RawDealer, type Text, versions } from './raw-peers.ts';

const cleanups = new Cleanups();
afterEach(() => cleanups.run());

/** Long enough for a machine under load, short enough to wait for. */
const quick = { plainHeartbeatIntervalMs: 60, plainHeartbeatTimeoutMs: 400 };

async function broker(settings: object = {}, bind: string | string[] = cleanups.endpoint()) {
  const running: Broker = await start(majordomo, 'broker', { bind, ...settings });
  cleanups.add(running, (one) => one.close({ drainMs: 0 }));
  const endpoint = typeof bind === 'string' ? bind : bind[0]!;
  return { running, endpoint };
}

describe.each(versions)('a broker, MDP $name', (version) => {
  const peer = (endpoint: string) => new RawDealer(version, endpoint, cleanups);

  async function worker(endpoint: string, service = 'echo'): Promise<RawDealer> {
    const one = peer(endpoint);
    await one.say(version.ready(service));
    await registered(endpoint, service);
    return one;
  }

  /** Resolves once the broker says that the service has workers, or has none. */
  async function registered(endpoint: string, service: string, status = '200'): Promise<void> {
    const asker = peer(endpoint);
    for (let answer = ''; answer !== status; ) {
      await asker.ask('mmi.service', service);
      answer = (await asker.next()).at(-1)!;
    }
    asker.close();
  }

  /** A worker that was told to go, and hears nothing more as one. */
  async function expectDisconnected(one: RawDealer): Promise<void> {
    expect(await one.next()).toEqual(version.disconnect);
  }

  test('B1: one ROUTER, at which clients and workers of any routing id meet, by any of its endpoints', async () => {
    const effects = new RecordingEffects();
    const bind = ['tcp://*:1', 'tcp://*:2'];
    majordomo.broker!({ bind, settings: withDefaults(majordomo.settings, {}) }, effects);
    expect(effects.specs.map(({ type }) => type)).toEqual(['router']);

    const endpoints = [cleanups.endpoint(), cleanups.endpoint()];
    await broker({}, endpoints);
    const echo = await worker(endpoints[1]!);
    void echo.serve((body) => [...body]);
    for (const routingId of [undefined, 'a', 'x'.repeat(255)]) {
      const client = new RawDealer(version, endpoints[0]!, cleanups, routingId);
      await client.ask('echo', 'hi');
      expect(await client.next()).toEqual(version.reply('echo', 'hi'));
    }
  });

  test('B2: a worker that said DISCONNECT is sent no further command, even if it never said READY', async () => {
    const { endpoint } = await broker();
    const leaver = await worker(endpoint);
    await leaver.say(version.disconnect);
    const stranger = peer(endpoint);
    await stranger.say(version.disconnect);
    const client = peer(endpoint);
    await client.ask('echo', 'for another');
    const other = await worker(endpoint);
    expect((await other.work()).body).toEqual(['for another']);
    expect(await leaver.fence()).toEqual([]);
    expect(await stranger.fence()).toEqual([]);
  });

  describe('B3: a valid command that is not expected is answered by DISCONNECT, and then silence', () => {
    test('a second READY', async () => {
      const { endpoint } = await broker();
      const twice = await worker(endpoint);
      await twice.say(version.ready('echo'));
      await expectDisconnected(twice);
      await silentFromNow(endpoint, twice);
    });

    test.each([
      ['HEARTBEAT', version.heartbeat],
      ['a final answer', version.final('nobody', 'x')],
      ...(version.partial === undefined ? [] : ([['PARTIAL', version.partial('nobody', 'x')]] as const)),
    ] as const)('%s before READY', async (_, frames) => {
      const { endpoint } = await broker();
      const early = peer(endpoint);
      await early.say(frames);
      await expectDisconnected(early);
      await silentFromNow(endpoint, early);
    });

    test('a client’s command from a worker', async () => {
      const { endpoint } = await broker();
      const odd = await worker(endpoint);
      await odd.ask('echo', 'x');
      await expectDisconnected(odd);
      await silentFromNow(endpoint, odd);
    });

    test('an answer that it does not owe', async () => {
      const { endpoint } = await broker();
      const liar = await worker(endpoint);
      const client = peer(endpoint);
      await client.ask('echo', 'x');
      const { address } = await liar.work();
      await liar.say(version.final(`${address}?`, 'x'));
      await expectDisconnected(liar);
      await silentFromNow(endpoint, liar);
      expect(await client.fence()).toEqual([]);
    });

    async function silentFromNow(endpoint: string, one: RawDealer): Promise<void> {
      await registered(endpoint, 'echo', '404');
      const client = peer(endpoint);
      await client.ask('echo', 'y');
      const other = await worker(endpoint);
      expect((await other.work()).body).toEqual(['y']);
      expect(await one.fence()).toEqual([]);
    }
  });

  describe('B4: an invalid message is dropped, and who said it as a worker is one no more', () => {
    const lead = version.name === '0.1' ? [''] : [];
    const other = version.name === '0.1' ? '02' : '01';
    const invalid: [string, Text][] = [
      ['a bad header', [...lead, 'MDPX01', '\x01', 'echo']],
      ['the other version’s header in this one’s frames', [...lead, `MDPW${other}`, '\x01', 'echo']],
      ['an unknown command', [...lead, version.ready('')[lead.length]!, '\x09', 'echo']],
      ['a command of two bytes', [...lead, version.ready('')[lead.length]!, '\x01\x01', 'echo']],
      ['a READY without a service', version.ready('').slice(0, -1)],
      ['a READY with an empty service', version.ready('')],
      ['a READY with a frame too many', [...version.ready('echo'), 'x']],
      ['a HEARTBEAT with a frame too many', [...version.heartbeat, 'x']],
      ['a DISCONNECT with a frame too many', [...version.disconnect, 'x']],
      [
        'an answer without its empty frame',
        [...version.final('a', 'x').filter((frame, i) => i < 2 || frame !== ''), 'y'],
      ],
      ['an answer without a body', version.final('a')],
      ['a request without a body', version.request('echo')],
      ['a request with an empty service', version.request('', 'x')],
      ['one empty frame', ['']],
      ['one frame of anything', ['anything']],
      ['many empty frames', new Array(20).fill('')],
    ];

    test.each(invalid)('%s', async (what, frames) => {
      const { running, endpoint } = await broker();
      const stranger = peer(endpoint);
      await stranger.say(frames);
      const isHeartbeat = what.startsWith('a HEARTBEAT');
      const answers = await stranger.fence();
      expect(answers).toEqual(isHeartbeat ? [version.disconnect] : []);
      const bad = await worker(endpoint);
      await bad.say(frames);
      await expectDisconnected(bad);
      await registered(endpoint, 'echo', '404');
      expect(running.stats()).toMatchObject({ workers: 0, waiting: 0 });
    });
  });

  test('B5: it beats at the agreed interval, and takes a worker for lost after a multiple of it', async () => {
    const { running, endpoint } = await broker(quick);
    const beating = await worker(endpoint);
    const timer = setInterval(() => void beating.say(version.heartbeat), 50);
    cleanups.add(timer, clearInterval);
    const silent = await worker(endpoint);
    const before = beating.heartbeats();
    await beating.until(() => beating.heartbeats() > before);
    const began = performance.now();
    await beating.until(() => beating.heartbeats() > before + 4);
    // Four intervals, of which the first may have been seen late.
    expect(performance.now() - began).toBeGreaterThan(2 * quick.plainHeartbeatIntervalMs);
    await vi.waitUntil(() => running.stats().workers === 1, { timeout: 4000 });
    expect(silent.heartbeats()).toBeGreaterThan(0);
    expect(running.stats().workersLost).toBe(1);
  });

  test('B6: any command counts as a heartbeat', async () => {
    const { running, endpoint } = await broker(quick);
    const busy = await worker(endpoint);
    void busy.serve((body) => [...body]);
    const client = peer(endpoint);
    for (const end = performance.now() + 2.5 * quick.plainHeartbeatTimeoutMs; performance.now() < end; ) {
      await client.ask('echo', 'x');
      expect(await client.next()).toEqual(version.reply('echo', 'x'));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(running.stats()).toMatchObject({ workers: 1, workersLost: 0 });
  });

  test('B6: while it sends other commands it does not beat', () => {
    const effects = new RecordingEffects();
    const settings = withDefaults(majordomo.settings, quick);
    const machine = majordomo.broker!({ bind: ['tcp://*:1'], settings }, effects);
    const [worker, client] = [Buffer.from('w'), Buffer.from('c')];
    let now = 0;
    const give = (from: Buffer, frames: Text) => {
      machine.received(now, 0, [from, ...frames.map((frame) => Buffer.from(frame, 'latin1'))]);
      if (machine.deadline <= now) machine.expired(now);
      machine.flush(now);
    };
    give(worker, version.ready('echo'));
    for (; now < 1_000_000; now += 10_000) {
      give(client, version.request('echo', 'x'));
      give(worker, version.final('c', 'x'));
    }
    const said = effects.sent.map(({ frames }) =>
      frames.slice(1).map((frame) => Buffer.from(frame).toString('latin1')),
    );
    expect(said.filter((frames) => isText(frames, version.heartbeat))).toEqual([]);
    expect(said.length).toBe(200);
  });

  test('B7: a dead worker is sent nothing more', async () => {
    const { running, endpoint } = await broker(quick);
    const dead = await worker(endpoint);
    await vi.waitUntil(() => running.stats().workers === 0, { timeout: 4000 });
    const client = peer(endpoint);
    await client.ask('echo', 'x');
    await vi.waitUntil(() => running.stats().waiting === 1, { timeout: 4000 });
    await dead.say(version.heartbeat);
    // The first that it hears is the answer to what it just said.
    expect(await dead.next()).toEqual(version.disconnect);
    expect(await dead.fence()).toEqual([]);
  });

  test('B8: a request for a service without workers waits for one, and expires after a time that can be set', async () => {
    const { running, endpoint } = await broker({ timeoutMs: 300 });
    const client = peer(endpoint);
    await client.ask('echo', 'in time');
    await vi.waitUntil(() => running.stats().waiting === 1, { timeout: 4000 });
    const first = await worker(endpoint);
    expect((await first.work()).body).toEqual(['in time']);
    await client.ask('pears', 'too late');
    await vi.waitUntil(() => running.stats().refusals.expired === 1, { timeout: 4000 });
    const second = await worker(endpoint, 'pears');
    await client.ask('pears', 'fresh');
    expect((await second.work()).body).toEqual(['fresh']);
  });

  test('B9: clients take turns, however many requests each of them has waiting', async () => {
    const { running, endpoint } = await broker();
    const [greedy, modest] = [peer(endpoint), peer(endpoint)];
    for (let i = 0; i < 30; i++) await greedy.ask('echo', `greedy ${i}`);
    await vi.waitUntil(() => running.stats().waiting === 30, { timeout: 4000 });
    for (let i = 0; i < 2; i++) await modest.ask('echo', `modest ${i}`);
    await vi.waitUntil(() => running.stats().waiting === 32, { timeout: 4000 });
    const order: string[] = [];
    const one = await worker(endpoint);
    void one.serve(([body]) => {
      order.push(body!);
      return [body!];
    });
    await modest.next();
    await modest.next();
    await greedy.until(() => greedy.heard.length === 30);
    expect(order.slice(0, 4)).toEqual(['greedy 0', 'modest 0', 'greedy 1', 'modest 1']);
    const greedyOnes = order.filter((body) => body.startsWith('greedy'));
    expect(greedyOnes).toEqual(Array.from({ length: 30 }, (_, i) => `greedy ${i}`));
  });

  test('B9: workers are asked least recently used first', async () => {
    const { endpoint } = await broker();
    const order: number[] = [];
    for (const n of [0, 1, 2]) {
      const one = await worker(endpoint);
      void one.serve((body) => {
        order.push(n);
        return [...body];
      });
    }
    const client = peer(endpoint);
    for (let i = 0; i < 6; i++) {
      await client.ask('echo', `${i}`);
      await client.next();
    }
    expect(order).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test('B10: a REQUEST to a worker has precisely one client address frame, and an empty one', async () => {
    const { endpoint } = await broker();
    const one = await worker(endpoint);
    const client = new RawDealer(version, endpoint, cleanups, 'somebody');
    await client.ask('echo', 'a', '', 'b');
    expect(await one.next()).toEqual(version.workerRequest('somebody', 'a', '', 'b'));
  });

  test('B11: an answer comes under the name that was asked for, its body and its frames untouched', async () => {
    const { endpoint } = await broker();
    const service = 'sérvice\x00 \xff';
    const one = await worker(endpoint, service);
    const client = peer(endpoint);
    const all = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
    const bodies = [['x'], [''], ['', '', ''], [all, '', all.repeat(300)], new Array(100).fill('y') as string[]];
    for (const body of bodies) {
      await client.ask(service, ...body);
      const asked = await one.work();
      expect(asked.body).toEqual(body);
      await one.say(version.final(asked.address, ...body.toReversed()));
      expect(await client.next()).toEqual(version.reply(service, ...body.toReversed()));
    }
  });

  test('B12: a dead worker’s request goes to another worker, where the broker is set to send plain ones again', async () => {
    const { endpoint } = await broker({ resendPlain: true });
    const [first, second] = [await worker(endpoint), await worker(endpoint)];
    const client = peer(endpoint);
    await client.ask('echo', 'x', 'y');
    const lost = await first.work();
    first.close();
    const again = await second.work();
    expect(again).toEqual(lost);
    await second.say(version.final(again.address, 'done'));
    expect(await client.next()).toEqual(version.reply('echo', 'done'));
  });

  if (version.partial === undefined) {
    test('B13: after its one REPLY a request is answered no more', async () => {
      const { endpoint } = await broker();
      const one = await worker(endpoint);
      const client = peer(endpoint);
      await client.ask('echo', 'x');
      const { address } = await one.work();
      await one.say(version.final(address, 'first'));
      await one.say(version.final(address, 'second'));
      expect(await client.next()).toEqual(version.reply('echo', 'first'));
      await expectDisconnected(one);
      expect(await client.fence()).toEqual([]);
    });
  } else {
    const { partial, clientPartial } = version;
    test('B13: PARTIALs are passed on as they are and in order, and nothing after FINAL', async () => {
      const { endpoint } = await broker();
      const one = await worker(endpoint);
      const client = peer(endpoint);
      await client.ask('echo', 'x');
      const { address } = await one.work();
      const parts = Array.from({ length: 200 }, (_, i) => [`part ${i}`, '', `${i}`]);
      for (const part of parts) await one.say(partial(address, ...part));
      await one.say(version.final(address, 'end'));
      await one.say(partial(address, 'after the end'));
      for (const part of parts) expect(await client.next()).toEqual(clientPartial!('echo', ...part));
      expect(await client.next()).toEqual(version.reply('echo', 'end'));
      await expectDisconnected(one);
      expect(await client.fence()).toEqual([]);
    });
  }

  test('B14: a service’s name is matched byte by byte', async () => {
    const { running, endpoint } = await broker();
    const one = await worker(endpoint, 'echo');
    const client = peer(endpoint);
    const others = ['Echo', 'ech', 'echo ', 'echo\x00', ' echo', 'echo\xff', 'mdp.echo'];
    for (const name of others) await client.ask(name, 'not for it');
    await vi.waitUntil(() => running.stats().waiting === others.length, { timeout: 4000 });
    await client.ask('echo', 'for it');
    expect((await one.work()).body).toEqual(['for it']);
  });
});

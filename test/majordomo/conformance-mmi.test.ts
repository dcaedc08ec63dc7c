/** 8/MMI at our broker, by the checklist's ids, for clients and workers of either version of MDP. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { start } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { Cleanups, RawDealer, versions } from './raw-peers.ts';

const cleanups = new Cleanups();
afterEach(() => cleanups.run());

describe.each(versions)('MMI, MDP $name', (version) => {
  async function broker() {
    const endpoint = cleanups.endpoint();
    const running = await start(majordomo, 'broker', { bind: endpoint });
    cleanups.add(running, (one) => one.close({ drainMs: 0 }));
    const client = new RawDealer(version, endpoint, cleanups);
    const ask = async (service: string, ...body: string[]) => {
      await client.ask(service, ...body);
      return client.next();
    };
    return { running, ask, worker: () => new RawDealer(version, endpoint, cleanups) };
  }

  test('M1: every service whose name begins with "mmi." is the broker’s own, and none of a worker’s', async () => {
    const { running, ask } = await broker();
    for (const name of ['mmi.', 'mmi.service', 'mmi.echo', 'mmi.service.more']) {
      expect((await ask(name, 'echo')).slice(0, -1)).toEqual(version.reply(name));
    }
    expect(running.stats()).toMatchObject({ requests: 0, waiting: 0, services: 0 });
  });

  test('M2: a worker that registers such a name is disconnected', async () => {
    const { running, ask, worker } = await broker();
    for (const name of ['mmi.', 'mmi.service', 'mmi.echo']) {
      const one = worker();
      await one.say(version.ready(name));
      expect(await one.next()).toEqual(version.disconnect);
      expect(await ask('mmi.service', name)).toEqual(version.reply('mmi.service', '404'));
    }
    expect(running.stats().workers).toBe(0);
    const fine = worker();
    await fine.say(version.ready('mmi'));
    await vi.waitUntil(() => running.stats().workers === 1, { timeout: 4000 });
  });

  test('M3: mmi.service answers 200 while workers are registered, and 404 before and after', async () => {
    const { running, ask, worker } = await broker();
    const status = async (name: string) => (await ask('mmi.service', name)).at(-1);
    expect(await status('echo')).toBe('404');
    const one = worker();
    await one.say(version.ready('echo'));
    await vi.waitUntil(() => running.stats().workers === 1, { timeout: 4000 });
    expect([await status('echo'), await status('Echo'), await status('ech')]).toEqual(['200', '404', '404']);
    // One that is busy is registered all the same.
    const client = worker();
    await client.ask('echo', 'x');
    await one.work();
    expect(await status('echo')).toBe('200');
    one.close();
    await vi.waitUntil(() => running.stats().workers === 0, { timeout: 4000 });
    expect(await status('echo')).toBe('404');
  });

  test('M4: what is not implemented is answered 501', async () => {
    const { ask } = await broker();
    for (const name of ['mmi.', 'mmi.discover', 'mmi.services', 'mmi.Service']) {
      expect(await ask(name, 'echo', 'more')).toEqual(version.reply(name, '501'));
    }
  });
});

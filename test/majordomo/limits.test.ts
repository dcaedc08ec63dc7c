/** The broker's limits: each is answered where its client has an ear for it, and none is fatal. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { connect, serve, start } from '../../patterns/index.ts';
import type { Note } from '../../patterns/machine.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { bytes, echo, failureOf, text } from '../contract/world.ts';
import { Cleanups, RawDealer, versions } from './raw-peers.ts';

const cleanups = new Cleanups();
afterEach(() => cleanups.run());

describe.each(versions)('MDP $name', (version) => {
  const mdp = version.name;

  async function broker(settings: object) {
    const endpoint = cleanups.endpoint();
    const running = await start(majordomo, 'broker', { bind: endpoint, ...settings });
    cleanups.add(running, (one) => one.close({ drainMs: 0 }));
    const client = async (service: string, more: object = {}) => {
      const one = await connect(majordomo, { endpoints: endpoint, service, mdp, ...more });
      return cleanups.add(one, (it) => it.close({ drainMs: 0 }));
    };
    const peer = () => new RawDealer(version, endpoint, cleanups);
    return { running, endpoint, client, peer };
  }

  /** Whoever else comes is served all the while. */
  async function expectService(endpoint: string): Promise<void> {
    const server = await serve(majordomo, { connect: endpoint, service: 'fine', mdp }, echo);
    cleanups.add(server, (one) => one.close({ drainMs: 0 }));
    const one = await connect(majordomo, { endpoints: endpoint, service: 'fine', mdp });
    cleanups.add(one, (it) => it.close({ drainMs: 0 }));
    await one.ready();
    expect(text(await one.transact(bytes('x')))).toBe('x');
  }

  const refused = { outcome: 'refused', definite: true };

  /** All fail, and some at least know for certain: a last try may still be on its way when a deadline comes. */
  async function expectRefused(failures: readonly Promise<unknown>[]): Promise<void> {
    const outcomes = (await Promise.all(failures)).map((failure) => (failure as { outcome: string }).outcome);
    expect(outcomes).toContain('refused');
    expect(outcomes.filter((outcome) => outcome !== 'refused' && outcome !== 'unknown')).toEqual([]);
  }

  test('of services', async () => {
    const { running, endpoint, client, peer } = await broker({ servicesLimit: 3 });
    const filling = [peer(), peer()];
    for (const [i, one] of filling.entries()) await one.say(version.ready(`service ${i}`));
    await vi.waitUntil(() => running.stats().services === 2, { timeout: 4000 });
    await expectService(endpoint);
    const patience = new AbortController();
    const more = await client('more', {
      // Given up as soon as it has been turned away: when a deadline comes it may be asked once more, and nobody knows.
      trace: ({ kind }: Note) => kind === 'turned-away' && queueMicrotask(() => patience.abort()),
    });
    expect(await failureOf(more.transact(bytes('x'), { signal: patience.signal }))).toMatchObject(refused);
    expect(running.stats().refusals.servicesFull).toBeGreaterThan(0);
    const worker = peer();
    await worker.say(version.ready('more'));
    expect(await worker.next()).toEqual(version.disconnect);
  });

  test('of workers', async () => {
    const { running, endpoint, peer } = await broker({ workersLimit: 2 });
    const first = peer();
    await first.say(version.ready('echo'));
    await expectService(endpoint);
    const third = peer();
    await third.say(version.ready('echo'));
    expect(await third.next()).toEqual(version.disconnect);
    await first.say(version.disconnect);
    await vi.waitUntil(() => running.stats().workers === 1, { timeout: 4000 });
    const next = peer();
    await next.say(version.ready('echo'));
    await vi.waitUntil(() => running.stats().workers === 2, { timeout: 4000 });
  });

  test('of one service’s queue: a client alone gets half of it, and the next one still finds room', async () => {
    const { running, endpoint, client } = await broker({ queueLimit: 8 });
    const [greedy, modest] = [await client('none'), await client('none')];
    const all = Array.from({ length: 20 }, () => failureOf(greedy.transact(bytes('x'), { timeoutMs: 1500 })));
    await vi.waitUntil(() => running.stats().refusals.queueFull > 0, { timeout: 4000 });
    expect(running.stats().waiting).toBe(4);
    void failureOf(modest.transact(bytes('y'), { timeoutMs: 1500 }));
    await vi.waitUntil(() => running.stats().waiting === 5, { timeout: 4000 });
    await expectService(endpoint);
    await expectRefused(all);
  });

  test('of all queues together, by number and by bytes', async () => {
    for (const limits of [{ totalQueueLimit: 8 }, { queueLimitBytes: 8 * 1200 }]) {
      const { running, endpoint, client } = await broker(limits);
      const clients = await Promise.all(Array.from({ length: 4 }, (_, i) => client(`none ${i}`.replace(' ', '-'))));
      const all = clients.flatMap((one) =>
        Array.from({ length: 5 }, () => failureOf(one.transact(bytes('x'.repeat(1000)), { timeoutMs: 1200 }))),
      );
      await vi.waitUntil(() => running.stats().refusals.queueFull > 0, { timeout: 4000 });
      expect(running.stats().waiting).toBeLessThanOrEqual(8);
      await expectService(endpoint);
      await expectRefused(all);
    }
  });

  test('of a message’s size', async () => {
    const { running, endpoint, client, peer } = await broker({ payloadLimitBytes: 1000 });
    const one = await client('none', { payloadLimitBytes: 2_000_000 });
    const failure = failureOf(one.transact(bytes('x'.repeat(1_500_000)), { timeoutMs: 10_000 }));
    expect(await failure).toMatchObject({ ...refused, code: 'not-executed' });
    expect(running.stats().refusals.tooLarge).toBe(1);
    const raw = peer();
    await raw.ask('none', ...(new Array(30_000).fill('y') as string[]));
    expect(await raw.fence()).toEqual([]);
    expect(running.stats().refusals.tooLarge).toBe(2);
    await expectService(endpoint);
  });
});

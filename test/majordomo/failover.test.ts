/** Several brokers: when one goes under load, clients and workers go on with the others, and nothing is lost. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Broker, connect, serve, start } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { bytes, text } from '../contract/world.ts';
import { Cleanups } from './raw-peers.ts';

const cleanups = new Cleanups();
afterEach(() => cleanups.run());

async function broker(endpoint: string): Promise<Broker> {
  const running = await start(majordomo, 'broker', { bind: endpoint });
  return cleanups.add(running, (one) => one.close({ drainMs: 0 }));
}

describe.each(['0.1', '0.2'] as const)('MDP %s', (mdp) => {
  test.each([0, 5000])('a broker that is closed under load, with %i ms to drain, and comes back', async (drainMs) => {
    const endpoints = [cleanups.endpoint(), cleanups.endpoint()];
    const brokers = [await broker(endpoints[0]!), await broker(endpoints[1]!)];
    for (let i = 0; i < 2; i++) {
      const slow = async (body: Uint8Array) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        return body;
      };
      const server = await serve(majordomo, { connect: endpoints, mdp, concurrency: 8 }, slow);
      cleanups.add(server, (one) => one.close({ drainMs: 0 }));
    }
    const client = await connect(majordomo, { endpoints, mdp, timeoutMs: 15_000 });
    cleanups.add(client, (one) => one.close({ drainMs: 0 }));
    await client.ready({ servers: 2 });
    const replies: Promise<string>[] = [];
    const ask = async (count: number) => {
      for (let i = 0; i < count; i++) {
        replies.push(client.transact(bytes(`${replies.length}`)).then(text));
        if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    await ask(300);
    const closed = brokers[0]!.close({ drainMs });
    await ask(300);
    await closed;
    const again = await broker(endpoints[0]!);
    await ask(100);
    await vi.waitUntil(() => again.stats().workers === 2, { timeout: 8000 });
    await client.ready({ servers: 2, timeoutMs: 8000 });
    await ask(200);
    expect(await Promise.all(replies)).toEqual(replies.map((_, i) => `${i}`));
    expect(again.stats().answers).toBeGreaterThan(0);
    if (drainMs > 0) expect(client.stats().failures.disconnected).toBe(0);
  });
});

/** What is promised of transactions that were given up, and of what each server may hold. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import type { Subject } from './subject.ts';
import { bytes, failureOf, Gate, range, text } from './world.ts';

export const givingUpPromises = {
  async 'the reply of a transaction that was given up never reaches another'({ world, pattern }) {
    const held: (() => void)[] = [];
    const release = () => {
      for (const go of held.splice(0)) go();
    };
    // The late reply leaves just before that of the transaction which has its slot.
    await world.server(
      async (request) => {
        if (text(request).startsWith('slow')) await new Promise<void>((resolve) => held.push(resolve));
        else {
          release();
          await sleep(2);
        }
        return request;
      },
      { concurrency: 8 },
    );
    const isReq = 'slots' in pattern.settings && world.listener !== 'client';
    const client = await world.readyClient(isReq ? { slots: 1 } : {});
    for (const round of range(24)) {
      const giveUp = new AbortController();
      const options = round % 2 === 0 ? { signal: giveUp.signal } : { timeoutMs: 40 };
      let isSettled = false;
      const slow = failureOf(client.transact(bytes(`slow ${round}`), options)).finally(() => {
        isSettled = true;
      });
      await vi.waitUntil(() => held.length > 0 || isSettled, { timeout: 5000, interval: 1 });
      giveUp.abort();
      expect(await slow).toMatchObject({ outcome: 'unknown' });
      const quick = [`quick ${round}`, `next ${round}`].map((one) => client.transact(bytes(one)));
      // A lock-step slot is taken until its reply comes, wanted or not.
      const later = setTimeout(release, 20);
      expect((await Promise.all(quick)).map(text)).toEqual([`quick ${round}`, `next ${round}`]);
      clearTimeout(later);
      release();
    }
  },

  async 'no server, or broker, has more of one client than its window'({ world, pattern }) {
    const isReq = 'slots' in pattern.settings;
    const gates = [new Gate(), new Gate()];
    if (isReq) for (const gate of gates) await world.server(gate.handler, { concurrency: 64 });
    else for (const gate of gates) await world.peer(gate.handler, { concurrency: 16 });
    const own = world.listener === 'client' ? {} : { slots: 5 };
    const client = await world.client(isReq ? { ...own, ...patient(pattern.settings) } : { window: 5 });
    await client.ready({ servers: 2 });
    const told = range(40).map((i) => failureOf(client.transact(bytes(`${i}`), { timeoutMs: 10_000 })));
    // A slot is a window of one, whoever has it; the others count by server.
    const most = isReq ? (world.listener === 'client' ? 12 : 5) : 10;
    const begun = () => gates.reduce((sum, gate) => sum + gate.begun, 0);
    await vi.waitUntil(() => begun() >= most, { timeout: 5000 });
    await sleep(100);
    expect(begun()).toBe(most);
    if (!isReq) expect(gates.map((gate) => gate.begun)).toEqual([5, 5]);
    await client.close();
    await Promise.all(told);
    for (const gate of gates) gate.open();
  },
} satisfies Record<string, (subject: Subject) => Promise<void>>;

/** Settings with which nothing is sent a second time. */
function patient(settings: object): object {
  return 'retryMs' in settings ? { retryMs: 60_000 } : {};
}

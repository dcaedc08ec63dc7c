/** What every pattern and variant promises of what it shows of its inside: figures and events. */
import { expect, vi } from 'vitest';
import type { ClientStats, ServerStats } from '../../patterns/index.ts';
import type { Subject } from './subject.ts';
import { bytes, echo, failureOf, Gate } from './world.ts';

export const visible = {
  async 'figures are plain whole numbers, made anew for each who asks'({ world }) {
    const server = await world.server(echo);
    const client = await world.readyClient();
    await client.transact(bytes('x'));
    for (const end of [client, server]) {
      const stats = end.stats();
      for (const figure of figuresOf(stats)) expect(Number.isSafeInteger(figure) && figure >= 0).toBe(true);
      expect(JSON.parse(JSON.stringify(stats))).toEqual(stats);
      expect(end.stats()).not.toBe(stats);
      expect(end.stats()).toEqual(stats);
    }
  },

  async 'a client’s figures say how each transaction ended, and add up'({ world }) {
    const gate = new Gate();
    await world.server(
      (request) => {
        if (request[0] === 0) throw new Error('told');
        return request[0] === 1 ? request : gate.handler(request);
      },
      { concurrency: 8 },
    );
    const client = await world.readyClient({ pendingLimit: 3 });
    await client.transact(Uint8Array.of(1, 1, 1));
    await failureOf(client.transact(Uint8Array.of(0)));
    await failureOf(client.transact(Uint8Array.of(0), { signal: AbortSignal.abort() }));
    const held = [2, 3, 4].map((one) => client.transact(Uint8Array.of(one), { timeoutMs: one === 4 ? 300 : 5000 }));
    await failureOf(client.transact(Uint8Array.of(5)));
    await failureOf(client.transact('no bytes' as unknown as Uint8Array));
    expect(client.stats()).toMatchObject({ transactions: 7, pending: 3, refused: 2, requestBytes: 9 });
    await failureOf(held[2]!);
    expect(client.stats()).toMatchObject({ pending: 2, unknown: 1, failures: { deadline: 1 } });
    gate.open();
    await Promise.all(held.slice(0, 2));
    const stats = client.stats();
    expect(stats).toMatchObject({ transactions: 7, committed: 3, rejected: 1, refused: 2, unknown: 1, pending: 0 });
    expect(stats.failures).toMatchObject({ rejected: 1, withdrawn: 1, full: 1, deadline: 1, unsent: 0 });
    expect(stats).toMatchObject({ replyBytes: 5, malformed: 0, waiting: 0 });
    expect(stats.attempts - stats.attemptsUnsent).toBeGreaterThanOrEqual(5);
    expectSum(stats);
  },

  async 'a client that was closed has nothing pending in its figures'({ world }) {
    const client = await world.client({ endpoints: [world.endpoint()] });
    const told = [1, 2, 3].map((one) => failureOf(client.transact(Uint8Array.of(one))));
    expect(client.stats()).toMatchObject({ transactions: 3, pending: 3, peersReady: 0, peersDown: 1 });
    await client.close();
    await Promise.all(told);
    await failureOf(client.transact(bytes('too late')));
    expect(client.stats()).toMatchObject({ transactions: 4, pending: 0, waiting: 0, committed: 0 });
    expectSum(client.stats());
  },

  async 'a server’s figures say what became of each request, and add up'({ world, pattern }) {
    const gate = new Gate();
    const server = await world.server(
      (request) => {
        if (request[0] === 0) throw new Error('told');
        return gate.handler(request);
      },
      { concurrency: 2 },
    );
    const client = await world.readyClient();
    await failureOf(client.transact(Uint8Array.of(0)));
    const held = [1, 2].map((one) => client.transact(Uint8Array.of(one, one)));
    await gate.until(2);
    expect(server.stats()).toMatchObject({ requests: 3, executions: 3, rejected: 1, owed: 2, running: 2 });
    gate.open();
    await Promise.all(held);
    const stats = server.stats();
    expect(stats).toMatchObject({ requests: 3, executions: 3, committed: 2, owed: 0, running: 0, duplicates: 0 });
    // The first one’s slot was used again, which says that its caller has its answer.
    expect(stats).toMatchObject({ clients: 1, remembered: 2, requestBytes: 5, replyBytes: 4, malformed: 0 });
    expect(stats.brokersUp > 0).toBe(pattern.topology === 'broker');
    expectRequestsSum(stats);
  },

  async 'what a server that drains turns away is in its figures'({ world, pattern }) {
    const gate = new Gate();
    const server = await world.server(gate.handler, { concurrency: 2 });
    const client = await world.readyClient();
    const begun = client.transact(bytes('begun'));
    await gate.until(1);
    const closed = server.close({ drainMs: 5000 });
    const later = failureOf(client.transact(bytes('later'), { timeoutMs: 300 }));
    await later;
    gate.open();
    await begun;
    await closed;
    // A broker hears that its worker leaves; where it does in time, it sends nothing more.
    if (pattern.topology === 'servers') expect(server.stats().refusals.draining).toBeGreaterThan(0);
    expect(server.stats()).toMatchObject({ executions: 1, committed: 1, owed: 0 });
    expectRequestsSum(server.stats());
  },

  async 'the figures count peers as `ready` does'({ world }) {
    await world.peers(2, echo);
    const client = await world.client({ endpoints: [...world.endpoints, world.endpoint()] });
    await client.ready({ servers: 2 });
    await vi.waitUntil(() => client.stats().peersUp === 2, { timeout: 2000 });
    expect(client.stats()).toMatchObject({ peersReady: 2, peersSuspect: 0, peersDown: 1, peersDisconnected: 0 });
  },
} satisfies Record<string, (subject: Subject) => Promise<void>>;

/** Every number in it, however deep. */
function figuresOf(stats: object): number[] {
  return Object.values(stats).flatMap((value) => (typeof value === 'object' ? figuresOf(value) : [value]));
}

function expectSum({ transactions, committed, rejected, refused, unknown, pending, failures }: ClientStats): void {
  expect(committed + rejected + refused + unknown + pending).toBe(transactions);
  expect(sum(failures)).toBe(rejected + refused + unknown);
}

function expectRequestsSum({ requests, committed, rejected, duplicates, refusals, owed }: ServerStats): void {
  expect(committed + rejected + duplicates + sum(refusals) + owed).toBe(requests);
}

function sum(figures: object): number {
  return figuresOf(figures).reduce((all, figure) => all + figure, 0);
}

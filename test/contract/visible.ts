/** What every pattern and variant promises of what it shows of its inside: figures and events. */
import { expect, vi } from 'vitest';
import {
  type Client,
  type ClientEvents,
  type ClientStats,
  MisuseError,
  type Note,
  type PeerDown,
  type PeerUp,
  type Retried,
  type ServerStats,
} from '../../patterns/index.ts';
import { heartbeatSettings } from '../../patterns/parts/common-settings.ts';
import type { Subject } from './subject.ts';
import { bytes, echo, failureOf, Gate, text, type World } from './world.ts';

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
    expect(client.stats()).toMatchObject({ transactions: 3, pending: 3, peersReady: 0, peersDown: missing(world) });
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
    expect(client.stats()).toMatchObject({
      peersReady: 2,
      peersSuspect: 0,
      peersDown: missing(world),
      peersDisconnected: 0,
    });
  },

  async 'a server or broker that closes is told as `peer-down` with cause `disconnect`, and one that comes as `peer-up`'({
    world,
    terms,
  }) {
    await world.peers(1, echo);
    const endpoint = world.endpoints[0]!;
    // A client that listens isn't told who connects.
    const peer: string = world.listener === 'client' ? expect.any(String) : endpoint;
    const client = await world.client();
    const events = heardBy(client, 'peer-up', 'peer-down');
    await client.ready();
    expect(await events.next('peer-up')).toEqual({ kind: 'peer-up', peer, suspectMs: undefined });
    await client.transact(bytes('x'));
    await world.closeAt(endpoint);
    const down = (await events.next('peer-down')) as PeerDown;
    expect(down).toMatchObject({ kind: 'peer-down', peer, cause: 'disconnect' });
    if (terms.knowsPeers) expect(down.detectionMs).toBeGreaterThanOrEqual(0);
    else expect(down.detectionMs).toBeUndefined();
    expect(client.stats()).toMatchObject({ peersUp: 1, peersDisconnected: 1, peersSilent: 0, peersReady: 0 });
    if (world.listener === 'broker') await world.broker({ bind: endpoint });
    else await world.server(echo, world.listener === 'server' ? { bind: endpoint } : {});
    expect(await events.next('peer-up')).toMatchObject({ peer });
  },

  async 'a peer that freezes is told as `peer-down` with cause `silence`, and as `peer-up` when it thaws'({ world }) {
    const peer = await world.peerProcess();
    const client = await world.readyClient();
    const events = heardBy(client, 'peer-up', 'peer-down');
    peer.kill('SIGSTOP');
    const down = (await events.next('peer-down')) as PeerDown;
    expect(down).toMatchObject({ peer: world.endpoints[0], cause: 'silence' });
    expect(down.detectionMs).toBeGreaterThanOrEqual(heartbeatSettings.heartbeatTimeoutMs.default);
    expect(client.stats()).toMatchObject({ peersSuspect: 1, peersReady: 0, peersSilent: 1, peersDisconnected: 0 });
    peer.kill('SIGCONT');
    const up = (await events.next('peer-up')) as PeerUp;
    expect(up.suspectMs).toBeGreaterThan(0);
    await client.ready();
    expect(client.stats()).toMatchObject({ peersSuspect: 0, peersReady: 1 });
  },

  async 'a transaction that is handed over again is told as `retried`'({ world, terms }) {
    const gate = new Gate();
    await world.peers(2, gate.handler);
    const asked: Note[] = [];
    const trace = (note: Note) => void (note.kind === 'attempt' && asked.push(note));
    const client = await world.client({ trace });
    await client.ready({ servers: 2 });
    const events = heardBy(client, 'retried');
    const id = `${client.clientId}:77`;
    const reply = client.transact(bytes('x'), { id });
    await gate.until(1);
    // Where the peer is not known, it is asked again once it has been slow.
    if (terms.knowsPeers) await world.closeAt(String(asked[0]!['peer']));
    const retried = (await events.next('retried')) as Retried;
    expect(retried).toMatchObject({ kind: 'retried', id, attempt: 2 });
    if (terms.knowsPeers) expect(world.endpoints).toContain(retried.peer);
    if (terms.knowsPeers) expect(retried.peer).not.toBe(asked[0]!['peer']);
    gate.open();
    await reply;
    const { attempts, retries } = client.stats();
    expect(retries).toBe(attempts - 1);
  },

  async 'a reply that nobody waits for any more is told as `late-reply`'({ world, terms }) {
    const gate = new Gate();
    await world.server(gate.handler);
    const client = await world.readyClient();
    const events = heardBy(client, 'late-reply');
    const id = `${client.clientId}:77`;
    await failureOf(client.transact(bytes('x'), { id, timeoutMs: 200 }));
    await gate.until(1);
    gate.open();
    const peer = terms.knowsPeers ? world.endpoints[0] : undefined;
    expect(await events.next('late-reply')).toEqual({ kind: 'late-reply', id, peer });
    expect(client.stats()).toMatchObject({ lateReplies: 1, unknown: 1 });
  },

  async 'a request that comes twice is told by its server as `duplicate-suppressed`, and counted'({ world }) {
    const server = await world.server(echo);
    const client = await world.readyClient();
    const heard: unknown[] = [];
    server.on('duplicate-suppressed', (event) => heard.push(event));
    const id = `${client.clientId}:77`;
    for (const one of ['first', 'second']) {
      // The second time the answer is the first one’s.
      expect(text(await client.transact(bytes(one), { id }))).toBe('first');
    }
    expect(heard).toEqual([{ kind: 'duplicate-suppressed', id, isUnderWay: false }]);
    expect(server.stats()).toMatchObject({ requests: 2, executions: 1, committed: 1, duplicates: 1 });
    expectRequestsSum(server.stats());
  },

  async 'a broker tells of workers that come and go, and of what it sends again; a server of its brokers'({ world }) {
    const broker = await world.broker();
    const heard = { broker: [] as object[], server: [] as object[] };
    broker.on('worker-ready', (event) => heard.broker.push(event));
    broker.on('worker-lost', (event) => heard.broker.push(event));
    broker.on('retried', (event) => heard.broker.push(event));
    const gate = new Gate();
    const first = await world.server(gate.handler);
    const client = await world.readyClient();
    const reply = client.transact(bytes('x'));
    await gate.until(1);
    const second = await world.server(echo);
    second.on('broker-lost', (event) => heard.server.push(event));
    await vi.waitUntil(() => heard.broker.length === 2, { timeout: 4000 });
    await first.close({ drainMs: 0 });
    expect(text(await reply)).toBe('x');
    const service = 'default';
    expect(heard.broker).toEqual([
      { kind: 'worker-ready', service, workers: 1 },
      { kind: 'worker-ready', service, workers: 2 },
      { kind: 'worker-lost', service, cause: expect.stringMatching(/^disconnect/), busy: true },
      { kind: 'retried', service },
    ]);
    const { requests, answers, retries, workersUp, workersLost, workers, waiting, handed } = broker.stats();
    expect({ requests, answers, retries, waiting, handed }).toEqual({
      requests: 1,
      answers: 1,
      retries: 1,
      waiting: 0,
      handed: 0,
    });
    expect({ workersUp, workersLost, workers }).toEqual({ workersUp: 2, workersLost: 1, workers: 1 });
    await broker.close({ drainMs: 0 });
    await vi.waitUntil(() => heard.server.length > 0, { timeout: 4000 });
    expect(heard.server[0]).toMatchObject({ kind: 'broker-lost', broker: world.endpoints[0] });
    gate.open();
  },

  async 'a listener that throws is warned of once, and disturbs nothing'({ world }) {
    const warned = vi.fn();
    process.on('warning', warned);
    await world.peers(2, echo);
    const client = await world.client();
    const events = heardBy(client, 'peer-up');
    client.on('peer-up', () => {
      throw new Error('spilt');
    });
    await events.next('peer-up');
    await events.next('peer-up');
    expect(text(await client.transact(bytes('x')))).toBe('x');
    process.off('warning', warned);
    const warnings = warned.mock.calls.filter(([{ code }]) => code === 'PRIVATEER_LISTENER');
    expect(warnings.map(([{ message }]) => message)).toEqual(['a listener threw: spilt']);
  },

  async 'an event or a listener that there is not is misuse'({ world }) {
    const client = await world.client({ endpoints: [world.endpoint()] });
    expect(() => client.on('error' as 'retried', () => undefined)).toThrow(MisuseError);
    expect(() => client.once('retried', 'no function' as never)).toThrow(MisuseError);
    expect(() => client.off('retires' as 'retried', () => undefined)).toThrow(
      /peer-up, peer-down, retried, late-reply/,
    );
  },
} satisfies Record<string, (subject: Subject) => Promise<void>>;

/** Of peers that should be there, one is not; a client that listens doesn't know of it. */
function missing(world: World): number {
  return world.listener === 'client' ? 0 : 1;
}

type AnyClientEvent = ClientEvents[keyof ClientEvents];

/** What a client tells of these kinds, to be waited for one by one. */
function heardBy(client: Client, ...kinds: (keyof ClientEvents)[]): Heard {
  const events: AnyClientEvent[] = [];
  for (const kind of kinds) client.on(kind, (event: AnyClientEvent) => void events.push(event));
  return {
    async next(kind) {
      await vi.waitUntil(() => events.some((event) => event.kind === kind), { timeout: 4000, interval: 5 });
      return events.splice(0, events.findIndex((event) => event.kind === kind) + 1).at(-1)!;
    },
  };
}

interface Heard {
  /** The next event of that kind; those before it are passed over. */
  next(kind: keyof ClientEvents): Promise<AnyClientEvent>;
}

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

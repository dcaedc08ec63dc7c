/** What `security` promises, for every pattern and variant over real sockets: see patterns/security.ts. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  type Client,
  connect,
  type DenialCause,
  type Denied,
  type Handler,
  keyPair,
  type Security,
  serve,
  type TransactionError,
} from '../../patterns/index.ts';
import { listenerOf } from '../../patterns/pattern.ts';
import { until } from '../cli/command.ts';
import { terms } from '../contract/terms.ts';
import { bytes, failureOf, range, text } from '../contract/world.ts';
import { patterns } from '../patterns/all-patterns.ts';
import { freePort, SecuredWorld } from './secured-world.ts';
import { Tap } from './tap.ts';

const variants = patterns.flatMap((pattern) =>
  Object.entries(pattern.variants).map(([variant, how]) => {
    return [`${pattern.name}/${variant}`, pattern, variant, listenerOf(pattern, how)] as const;
  }),
);
const subjects = variants.filter(([, , , listener]) => listener !== 'client');

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

function closed<T extends { close(): Promise<void> }>(one: T): T {
  closing.push(one);
  return one;
}

/** A mistake: the listener's keys and the caller's, and what each end sees of it. */
interface Mistake {
  readonly listens: (world: SecuredWorld) => Parameters<SecuredWorld['listen']>[0];
  readonly calls: (world: SecuredWorld) => Security | 'none';
  /** Whom the listener serves meanwhile. */
  readonly honest: (world: SecuredWorld) => Security | 'none';
  readonly atCaller: DenialCause;
  /** Words of the caller's error: of the last handshake that failed. */
  readonly reason: RegExp;
  readonly atListener: readonly DenialCause[];
}

const secured = {
  listens: (world: SecuredWorld) => world.listening,
  honest: (world: SecuredWorld) => world.calling(world.clientKeys),
};

const mistakes: Readonly<Record<string, Mistake>> = {
  'a key that is not on the list': {
    ...secured,
    calls: (world) => world.calling(keyPair()),
    atCaller: 'unauthorized',
    reason: /it does not let our public key in/,
    atListener: ['unauthorized'],
  },
  'the key of another listener': {
    ...secured,
    calls: ({ clientKeys }) => ({ ...clientKeys, serverKey: keyPair().publicKey }),
    atCaller: 'broken-off',
    reason: /serverKey may not be its public key/,
    atListener: ['protocol'],
  },
  'no keys at all': {
    ...secured,
    calls: () => 'none',
    atCaller: 'mechanism',
    reason: /it asks for CURVE, and we have no "security"/,
    atListener: ['mechanism', 'broken-off'],
  },
  'keys for a listener that has none': {
    listens: () => 'none',
    honest: () => 'none',
    calls: (world) => world.calling(world.clientKeys),
    atCaller: 'mechanism',
    reason: /it does not speak CURVE|it has no CURVE/,
    atListener: ['mechanism', 'broken-off'],
  },
};

describe.each(subjects)('%s', (name, pattern, variant) => {
  const open = async () => closed(await SecuredWorld.open(pattern, variant));

  test('with the right keys everything commits', async () => {
    const world = await open();
    await world.listen();
    const client = await world.client(world.calling(world.clientKeys));
    await client.ready();
    expect(await repliesOf(client, 'a', 30)).toEqual(range(30).map((i) => `a ${i}`));
    expect(world.ledger).toHaveLength(30);
    expect([world.denied, client.stats().denied]).toEqual([[], 0]);
  });

  test('a listener for any key lets in whoever knows its own', async () => {
    const world = await open();
    await world.listen({ secretKey: world.listenerKeys.secretKey, clients: 'any' });
    const client = await world.client(world.calling(keyPair()));
    await client.ready();
    expect(text(await client.transact(bytes('who?')))).toBe('who?');
  });

  test.each(Object.entries(mistakes))(
    '%s: reaches no handler, is told at both ends, and disturbs nobody',
    async (_what, mistake) => {
      const world = await open();
      await world.listen(mistake.listens(world));
      const honest = await world.client(mistake.honest(world));
      await honest.ready();
      const load = new Load(honest);
      const keys = mistake.calls(world);
      const wrong = await world.client(keys);
      const told: Denied[] = [];
      wrong.on('denied', (event) => told.push(event));
      const early = failureOf(wrong.transact(bytes('intruder'), { timeoutMs: 1000 }));

      await until('the caller is told', () => told.some(({ cause }) => cause === mistake.atCaller));
      await until('the listener is told', () => causes(world).some((cause) => mistake.atListener.includes(cause)));
      const ready = (await failureOf(wrong.ready({ timeoutMs: 50 }))) as TransactionError;
      expect(ready.code).toBe('unsent');
      expectReason(ready, world, mistake);
      const failure = (await failureOf(wrong.transact(bytes('intruder'), { timeoutMs: 50 }))) as TransactionError;
      // A pipe to nowhere may have swallowed it, in the variant that has such pipes: then nobody can be certain.
      const codes = ['unsent', terms[name]!.nobodyThere];
      expect(codes).toContain(failure.code);
      expect(codes).toContain(((await early) as TransactionError).code);
      expectReason(failure, world, mistake);
      expect(failure.definite).toBe(failure.code === 'unsent');

      const before = load.committed;
      await until('honest clients are served', () => load.committed >= before + 10);
      await load.stop();
      expect(world.ledger).not.toContain('intruder');
      expect(world.ledger.every((request) => request.startsWith('honest'))).toBe(true);
      expect(wrong.stats()).toMatchObject({ committed: 0, denied: expect.toSatisfy((count: number) => count > 0) });
      expect(told.find(({ cause }) => cause === mistake.atCaller)).toMatchObject({ endpoint: world.endpoint });
      if (mistake.atCaller !== 'unauthorized') return;
      const { publicKey } = keys as Security;
      expect(world.denied).toContainEqual(expect.objectContaining({ publicKey, address: '127.0.0.1' }));
    },
  );

  test('a key that is put on the list is let in without the client starting anew', async () => {
    const world = await open();
    await world.listen();
    const late = keyPair();
    const client = await world.client(world.calling(late));
    await until('it is turned away', () => causes(world).includes('unauthorized'));
    const { secretKey, clients } = world.listening;
    await world.listenAgain({ secretKey, clients: [...clients, late.publicKey] });
    await client.ready({ timeoutMs: 15_000 });
    expect(text(await client.transact(bytes('at last')))).toBe('at last');
    expect(await failureOf(client.ready({ servers: 2, timeoutMs: 20 }))).toMatchObject({
      message: '1 of 2 servers ready after 20 ms',
    });
  });

  test('requests and replies at their limit pass, alone and many at once', async () => {
    const world = await open();
    await world.listen();
    const client = await world.client(world.calling(world.clientKeys));
    await client.ready();
    const whole = Buffer.alloc(1_048_576, 7);
    expect(Buffer.compare(whole, await client.transact(whole))).toBe(0);
    const many = range(12).map((i) => Buffer.alloc(349_000, i));
    const replies = await Promise.all(many.map((one) => client.transact(one, { timeoutMs: 15_000 })));
    expect(replies.map((reply, i) => Buffer.compare(reply, many[i]!))).toEqual(many.map(() => 0));
    // A frame over libzmq's limit would have cost the connection.
    expect(client.stats().peersDisconnected).toBe(0);
  });

  test.each(['with keys', 'without keys'])('what goes over the wire %s', async (how) => {
    const world = await open();
    const isSecured = how === 'with keys';
    await world.listen(isSecured ? world.listening : 'none');
    const tap = closed(await Tap.open(Number(world.endpoint.split(':').at(-1))));
    const client = await world.client(isSecured ? world.calling(world.clientKeys) : 'none', tap.endpoint);
    await client.ready();
    const secret = 'the treasure lies under the third palm tree';
    expect(text(await client.transact(bytes(secret)))).toBe(secret);
    await client.close();
    // Both ways; and with the payload, the pattern's own frames: ids, services, commands.
    expect(tap.heard.includes(secret)).toBe(!isSecured);
    expect(tap.heard.includes(client.clientId)).toBe(!isSecured);
    expect(tap.heard.includes('CURVE')).toBe(isSecured);
  });
});

describe.each(variants.filter(([, , , listener]) => listener === 'broker'))('%s: servers', (_, pattern, variant) => {
  test.each([
    ['a key that is not on the list', (world: SecuredWorld) => world.calling(keyPair()), 'unauthorized'],
    ['no keys at all', () => 'none' as const, 'mechanism'],
  ])('that call with %s are given nothing, and told', async (_what, keys, cause) => {
    const world = closed(await SecuredWorld.open(pattern, variant));
    await world.listen();
    const given: string[] = [];
    const told: Denied[] = [];
    const worker = await world.worker(keys(world), (request) => {
      given.push(text(request));
      return request;
    });
    worker.on('denied', (event) => told.push(event));
    await until('it is told', () => told.some((event) => event.cause === cause));
    await until('the broker is told', () => world.denied.length > 0);
    const client = await world.client(world.calling(world.clientKeys));
    await client.ready();
    await repliesOf(client, 'b', 20);
    expect(given).toEqual([]);
    expect(world.ledger).toHaveLength(20);
    expect(worker.stats().denied).toBeGreaterThan(0);
    expect(worker.stats().requests).toBe(0);
  });
});

/** The endpoint, and what is wrong with it. */
function expectReason({ message }: Error, { endpoint }: SecuredWorld, { reason }: Mistake): void {
  expect(message).toContain(`(${endpoint}: `);
  expect(message).toMatch(reason);
}

describe.each(variants.filter(([, , , listener]) => listener === 'client'))('%s', (_, pattern, variant) => {
  const [listener, server] = [keyPair(), keyPair()];
  const right = { ...server, serverKey: listener.publicKey };

  test.each([
    [
      'a key that is not on the list',
      { ...keyPair(), serverKey: listener.publicKey },
      'unauthorized',
      ['unauthorized'],
    ],
    ['the key of another listener', { ...server, serverKey: keyPair().publicKey }, 'broken-off', ['protocol']],
    ['no keys at all', undefined, 'mechanism', ['mechanism', 'broken-off']],
  ])('a server with %s is asked nothing, and told; an honest one is', async (_what, wrong, cause, atClient) => {
    const bind = [`tcp://127.0.0.1:${await freePort()}`, `tcp://127.0.0.1:${await freePort()}`];
    const security = { ...listener, clients: [server.publicKey] };
    const client = closed(await connect(pattern, { variant, bind, slots: bind.length, security }));
    const atListener: DenialCause[] = [];
    client.on('denied', (event) => atListener.push(event.cause));
    const given: string[] = [];
    const told: DenialCause[] = [];
    const handler: Handler = (request) => {
      given.push(text(request));
      return request;
    };
    const keys = wrong === undefined ? {} : { security: wrong };
    const intruder = closed(await serve(pattern, { variant, connect: bind, ...keys }, handler));
    intruder.on('denied', (event) => told.push(event.cause));
    await until('the server is told', () => told.includes(cause as DenialCause));
    await until('the client is told', () => atListener.some((one) => atClient.includes(one)));
    const early = await failureOf(client.transact(bytes('for honest eyes'), { timeoutMs: 50 }));
    expect(early).toMatchObject({ code: 'unsent', definite: true });
    closed(await serve(pattern, { variant, connect: bind, security: right }, (request) => request));
    await client.ready();
    expect(await repliesOf(client, 'c', 20)).toHaveLength(20);
    expect(given).toEqual([]);
  });

  test('takes a listener’s keys for its client, a caller’s for its servers', async () => {
    const bind = `tcp://127.0.0.1:${await freePort()}`;
    expect(await failureOf(connect(pattern, { variant, bind, slots: 1, security: right }))).toMatchObject({
      setting: 'security.serverKey',
    });
    const wrong = { ...listener, clients: 'any' as const };
    expect(await failureOf(serve(pattern, { variant, connect: bind, security: wrong }, (one) => one))).toMatchObject({
      setting: 'security.clients',
    });
  });
});

function causes(world: SecuredWorld): DenialCause[] {
  return world.denied.map(({ cause }) => cause);
}

async function repliesOf(client: Client, prefix: string, count: number): Promise<string[]> {
  return (await Promise.all(range(count).map((i) => client.transact(bytes(`${prefix} ${i}`))))).map(text);
}

/** An honest client at work, one transaction after the other; one that fails fails the test. */
class Load {
  committed = 0;
  readonly #done: Promise<void>;
  #stopped = false;

  constructor(client: Client) {
    this.#done = this.#run(client);
    this.#done.catch(() => {});
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(client: Client): Promise<void> {
    while (!this.#stopped) {
      await client.transact(bytes(`honest ${this.committed}`));
      this.committed++;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

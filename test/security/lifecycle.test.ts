/** Roles with keys come and go: each with a list of its own, nothing left behind, and nothing that keeps a process. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Dealer, Router } from 'zeromq';
import { curveOptions, Lock } from '../../patterns/drivers/lock.ts';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { type Client, connect, type KeyPair, keyPair, type Server, serve } from '../../patterns/index.ts';
import { type Curve, checkSecurity } from '../../patterns/security.ts';
import { echo, failureOf, range, text } from '../contract/world.ts';
import { has } from '../needs.ts';
import { freePort } from './secured-world.ts';

const listener = keyPair();

async function server(clients: readonly KeyPair[]): Promise<{ server: Server; endpoint: string }> {
  const endpoint = `tcp://127.0.0.1:${await freePort()}`;
  const security = { ...listener, clients: clients.map(({ publicKey }) => publicKey) };
  return { server: await serve(freelance, { bind: endpoint, security }, echo), endpoint };
}

function client(endpoint: string, keys: KeyPair): Promise<Client> {
  return connect(freelance, { endpoints: endpoint, security: { ...keys, serverKey: listener.publicKey } });
}

async function asks(one: Client): Promise<string> {
  await one.ready();
  return text(await one.transact(Buffer.from('ahoy')));
}

test('listeners of one process don’t share their lists', async () => {
  const [a, b] = [keyPair(), keyPair()];
  const [forA, forB] = await Promise.all([server([a]), server([b])]);
  const right = await Promise.all([client(forA.endpoint, a), client(forB.endpoint, b)]);
  const wrong = await Promise.all([client(forA.endpoint, b), client(forB.endpoint, a)]);
  expect(await Promise.all(right.map(asks))).toEqual(['ahoy', 'ahoy']);
  for (const one of wrong) {
    expect(await failureOf(one.ready({ timeoutMs: 200 }))).toMatchObject({
      message: expect.stringContaining('it does not let our public key in'),
    });
  }
  // One that goes takes nothing from the other.
  await forA.server.close({ drainMs: 0 });
  const another = await client(forB.endpoint, b);
  expect(await asks(another)).toBe('ahoy');
  await Promise.all([...right, ...wrong, another, forB.server].map((one) => one.close({ drainMs: 0 })));
});

test('an application’s own ZAP handler is neither asked nor in the way', async () => {
  const own = new Router({ linger: 0 });
  own.bindSync('inproc://zeromq.zap.01');
  const asked: unknown[] = [];
  const answering = own.receive().then(
    (frames) => asked.push(frames),
    () => {},
  );
  const keys = keyPair();
  const { server: listening, endpoint } = await server([keys]);
  const caller = await client(endpoint, keys);
  expect(await asks(caller)).toBe('ahoy');
  await caller.close();
  await listening.close({ drainMs: 0 });
  own.close();
  await answering;
  expect(asked).toEqual([]);
});

test('a listener whose doorkeeper is gone lets nobody in', async () => {
  const keys = keyPair();
  const given = { ...listener, clients: 'any' };
  const curve = checkSecurity(given, 'listener', 'x') as Extract<Curve, { side: 'listener' }>;
  const lock = new Lock(curve, () => {});
  const router = new Router({ ...curveOptions(curve, lock), linger: 0 });
  lock.guard(router);
  const endpoint = `tcp://127.0.0.1:${await freePort()}`;
  await router.bind(endpoint);
  lock.close();
  const options = {
    curveServerKey: listener.publicKey,
    curvePublicKey: keys.publicKey,
    curveSecretKey: keys.secretKey,
  };
  const dealer = new Dealer({ ...options, linger: 0 });
  const seen = new Promise<string>((resolve) => {
    dealer.events.on('handshake', () => resolve('let in'));
    dealer.events.on('handshake:error:other', () => resolve('hung up on'));
  });
  dealer.connect(endpoint);
  expect(await seen).toBe('hung up on');
  dealer.close();
  router.close();
});

/** Threads and descriptors of this process. */
function held(): { threads: number; descriptors: number } {
  return { threads: readdirSync('/proc/self/task').length, descriptors: readdirSync('/proc/self/fd').length };
}

test('a hundred lives leave nothing behind', async () => {
  if (!has('/proc/self/task', 'to count threads')) return;
  const keys = keyPair();
  const live = async () => {
    const { server: listening, endpoint } = await server([keys]);
    const [caller, stranger] = await Promise.all([client(endpoint, keys), client(endpoint, keyPair())]);
    expect(await asks(caller)).toBe('ahoy');
    await Promise.all([caller, stranger, listening].map((one) => one.close({ drainMs: 0 })));
  };
  for (const _ of range(20)) await live();
  const before = held();
  for (const _ of range(80)) await live();
  await expect.poll(() => held().threads, { timeout: 5000 }).toBeLessThanOrEqual(before.threads + 4);
  // What is closed lingers for a moment.
  await expect.poll(() => held().descriptors, { timeout: 5000 }).toBeLessThanOrEqual(before.descriptors + 20);
});

const script = (end: string) => `
  import { connect, keyPair, serve } from ${JSON.stringify(new URL('../../dist/patterns/index.js', import.meta.url).href)};
  import { freelance } from ${JSON.stringify(new URL('../../dist/patterns/freelance/pattern.js', import.meta.url).href)};
  const [port] = process.argv.slice(-1);
  const [listener, caller] = [keyPair(), keyPair()];
  const endpoint = 'tcp://127.0.0.1:' + port;
  const security = { ...listener, clients: [caller.publicKey] };
  const server = await serve(freelance, { bind: endpoint, security }, (request) => request);
  const client = await connect(freelance, { endpoints: endpoint, security: { ...caller, serverKey: listener.publicKey } });
  const stranger = await connect(freelance, { endpoints: endpoint, security: { ...keyPair(), serverKey: listener.publicKey } });
  await client.ready();
  console.log(Buffer.from(await client.transact(Buffer.from('ahoy'))).toString());
  ${end}
`;

test.each([
  ['that closes them', 'await Promise.all([client.close(), stranger.close(), server.close()]);'],
  ['that leaves them open and calls exit', 'process.exit(0);'],
])('a process %s ends at once, and says nothing', async (_what, end) => {
  const args = ['--input-type=module', '-e', script(end), '--', String(await freePort())];
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 15_000 });
  expect([stdout, stderr]).toEqual(['ahoy\n', '']);
});

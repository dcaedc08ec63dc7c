/** Brokerless REQ reversed, where it differs: who listens is the client. */
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { freeEndpoints } from '../../harness/worlds/processes/ports.ts';
import { brokerlessReq } from '../../patterns/brokerless-req/pattern.ts';
import { type Client, connect, type Handler, type Server, serve } from '../../patterns/index.ts';
import { bytes, echo, failureOf, range, text } from '../contract/world.ts';

const variant = 'reverse';
const parts: (Client | Server)[] = [];
afterEach(async () => {
  await Promise.all(parts.splice(0).map((part) => part.close({ drainMs: 0 })));
});

async function client(bind: readonly string[]): Promise<Client> {
  const made = await connect(brokerlessReq, { variant, bind, slots: bind.length });
  parts.push(made);
  return made;
}

async function server(to: readonly string[], handler: Handler): Promise<Server> {
  const made = await serve(brokerlessReq, { variant, connect: to, concurrency: 8 }, handler);
  parts.push(made);
  return made;
}

test('a server serves several clients, each with its own replies', async () => {
  const seats = [await freeEndpoints(2), await freeEndpoints(3)];
  await server(seats.flat(), (request, { client: id }) => bytes(`${text(request)} of ${id}`));
  for (const seat of seats) {
    const one = await client(seat);
    await one.ready();
    const replies = await Promise.all(range(20).map((i) => one.transact(bytes(`${i}`))));
    expect(replies.map(text)).toEqual(range(20).map((i) => `${i} of ${one.clientId}`));
  }
});

test('a client’s next life hears nothing of what the one before was owed', async () => {
  const seat = await freeEndpoints(1);
  const held: (() => void)[] = [];
  await server(seat, async (request) => {
    if (text(request) === 'held') await new Promise<void>((resolve) => held.push(resolve));
    return request;
  });
  for (const round of range(5)) {
    const before = await connectWhenFree(seat);
    await before.ready();
    const given = failureOf(before.transact(bytes('held')));
    await vi.waitUntil(() => held.length > 0, { timeout: 10_000 });
    await before.close();
    expect(await given).toMatchObject({ code: 'abandoned' });
    const after = await connectWhenFree(seat);
    await after.ready();
    const reply = after.transact(bytes(`own ${round}`));
    for (const go of held.splice(0)) go();
    expect(text(await reply)).toBe(`own ${round}`);
    for (const i of range(5)) expect(text(await after.transact(bytes(`${i}`)))).toBe(`${i}`);
    await after.close();
  }
});

test('strangers who knock are no servers, and take none away', async () => {
  const seat = await freeEndpoints(1);
  const one = await client(seat);
  await server(seat, echo);
  await one.ready();
  const port = Number(/\d+$/.exec(seat[0]!)![0]);
  for (const words of [undefined, 'GET / HTTP/1.1\r\n\r\n', '\u0001\u0000', 'x'.repeat(300)]) {
    const stranger = await knock(port, words);
    await sleep(20);
    stranger.destroy();
    expect(text(await one.transact(bytes('still')))).toBe('still');
  }
  await vi.waitUntil(() => one.stats().peersReady === 1, { timeout: 2000 });
  expect(one.stats()).toMatchObject({ peersReady: 1, peersUp: 1, peersDisconnected: 0 });
});

test('a server that leaves is not chosen any more, and one that comes is', async () => {
  const seat = await freeEndpoints(4);
  const one = await client(seat);
  const a = await server(seat, () => bytes('a'));
  await one.ready();
  await server(seat, () => bytes('b'));
  await one.ready({ servers: 2 });
  const both = await Promise.all(range(40).map(() => one.transact(bytes('x'))));
  expect(new Set(both.map(text))).toEqual(new Set(['a', 'b']));
  await a.close();
  await vi.waitUntil(() => one.stats().peersReady === 1, { timeout: 2000 });
  const left = await Promise.all(range(40).map(() => one.transact(bytes('x'))));
  expect(new Set(left.map(text))).toEqual(new Set(['b']));
});

/** The port of a socket that was closed is free a moment later. */
async function connectWhenFree(seat: readonly string[]): Promise<Client> {
  return vi.waitFor(() => client(seat), { timeout: 3000, interval: 20 });
}

function knock(port: number, words: string | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, '127.0.0.1', () => {
      if (words !== undefined) socket.write(words);
      resolve(socket);
    });
    socket.on('error', reject);
  });
}

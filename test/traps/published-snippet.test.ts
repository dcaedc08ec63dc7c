/**
 * The article's snippet, taken literally: what zeromq.js does with its mistakes, and what this library says instead.
 *
 *     socket.setsockopt(zmq.HWM, 1); socket.connect('http://…'); … socket.send(a, zmq.NOBLOCK); socket.send(b, zmq.NOBLOCK)
 */
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import * as zmq from 'zeromq';
import { brokerlessReq } from '../../patterns/brokerless-req/pattern.ts';
import { connect, MisuseError, serve } from '../../patterns/index.ts';
import { bytes, echo, failureOf, text, World } from '../contract/world.ts';
import { patterns } from '../patterns/all-patterns.ts';

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

describe('an http:// endpoint', () => {
  test('zeromq.js: the protocol is not supported', () => {
    const socket = keep(new zmq.Request({ linger: 0 }));
    expect(thrownBy(() => socket.connect('http://127.0.0.1:5555'))).toMatchObject({
      code: 'EPROTONOSUPPORT',
      message: 'Protocol not supported',
    });
  });

  test.each(patterns.map((pattern) => [pattern.name, pattern] as const))(
    '%s: misuse of `endpoints`',
    async (_, pattern) => {
      const error = await failureOf(connect(pattern, { endpoints: ['http://127.0.0.1:5555'] }));
      expect(error).toBeInstanceOf(MisuseError);
      expect((error as MisuseError).setting).toBe('endpoints');
      expect((error as MisuseError).message).toBe(
        'endpoints: "http://127.0.0.1:5555" is not allowed; an endpoint is tcp://host:port or ipc://path',
      );
    },
  );
});

describe('a second send before the reply', () => {
  test('zeromq.js: a strict REQ is in the wrong state', async () => {
    const socket = keep(new zmq.Request({ sendTimeout: 0, sendHighWaterMark: 1, linger: 0 }));
    socket.connect(`tcp://127.0.0.1:${await unusedPort()}`);
    await socket.send('first');
    expect(await failureOf(socket.send('second'))).toMatchObject({ code: 'EFSM' });
  });

  test('ours: any number may be asked at once', async () => {
    const world = await World.open(brokerlessReq, 'as-published');
    closing.push(world);
    await world.server(echo);
    const client = await world.readyClient({ slots: 1 });
    const replies = await Promise.all(['first', 'second', 'third'].map((one) => client.transact(bytes(one))));
    expect(replies.map(text)).toEqual(['first', 'second', 'third']);
  });
});

describe('a high-water mark of 1 with nobody listening', () => {
  test('zeromq.js: the first request is taken all the same, by a pipe to nowhere', async () => {
    const socket = keep(new zmq.Dealer({ sendTimeout: 0, sendHighWaterMark: 1, linger: 0 }));
    socket.connect(`tcp://127.0.0.1:${await unusedPort()}`);
    await socket.send('taken');
    expect(await failureOf(socket.send('not taken'))).toMatchObject({ code: 'EAGAIN' });
  });

  test('zeromq.js: with `immediate` it is not', async () => {
    const socket = keep(new zmq.Dealer({ sendTimeout: 0, sendHighWaterMark: 1, immediate: true, linger: 0 }));
    socket.connect(`tcp://127.0.0.1:${await unusedPort()}`);
    expect(await failureOf(socket.send('not taken'))).toMatchObject({ code: 'EAGAIN' });
  });

  test('ours: as published nobody can say that it won’t be executed, and so we don’t', async () => {
    const endpoints = `tcp://127.0.0.1:${await unusedPort()}`;
    const client = keep(await connect(brokerlessReq, { endpoints }));
    const swallowed = await failureOf(client.transact(bytes('x'), { timeoutMs: 100 }));
    expect(swallowed).toMatchObject({ code: 'deadline', outcome: 'unknown', definite: false });
    const immediate = keep(await connect(brokerlessReq, { endpoints, variant: 'immediate' }));
    const refused = await failureOf(immediate.transact(bytes('x'), { timeoutMs: 100 }));
    expect(refused).toMatchObject({ code: 'unsent', outcome: 'refused', definite: true });
  });
});

describe('reading `writable` while a receive is pending', () => {
  /** The message is there and the receive sleeps on. Should this fail one day, the driver may ask again. */
  test('zeromq.js: takes the wake-up away from it', async () => {
    let lost = false;
    for (let round = 0; round < 20 && !lost; round++) lost = !(await survives(true));
    expect(lost).toBe(true);
  });

  test('without it, none is lost', async () => {
    for (let round = 0; round < 10; round++) expect(await survives(false)).toBe(true);
  });

  test('ours: thousands in lock-step and none sleeps', async () => {
    const world = await World.open(brokerlessReq, 'immediate');
    closing.push(world);
    for (let i = 0; i < 2; i++) await world.server(echo);
    const client = await world.readyClient({ slots: 4 });
    for (let round = 0; round < 50; round++) {
      await Promise.all(Array.from({ length: 40 }, () => client.transact(bytes('x'), { timeoutMs: 2000 })));
    }
  });
});

test('an ipc endpoint that is in use is taken away from whoever has it, and nobody is told', async () => {
  const world = await World.open(brokerlessReq, 'immediate');
  closing.push(world);
  const bind = world.endpoint();
  keep(await serve(brokerlessReq, { bind }, () => bytes('first')));
  keep(await serve(brokerlessReq, { bind }, () => bytes('second')));
  const client = keep(await connect(brokerlessReq, { endpoints: bind }));
  expect(text(await client.transact(bytes('x')))).toBe('second');
});

/** Many round trips between two sockets in this process; whether each reply was seen in time. */
async function survives(readsWritable: boolean): Promise<boolean> {
  const world = await World.open(brokerlessReq, 'immediate');
  const endpoint = world.endpoint();
  const router = new zmq.Router({ sendTimeout: 0, linger: 0 });
  const dealer = new zmq.Dealer({ sendTimeout: 0, linger: 0 });
  await router.bind(endpoint);
  dealer.connect(endpoint);
  void (async () => {
    for await (const frames of router) await router.send(frames);
  })().catch(() => {});
  let seen = true;
  for (let i = 0; i < 100 && seen; i++) {
    const reply = dealer.receive();
    await dealer.send('ping');
    for (let asks = 0; readsWritable && asks < 20; asks++) {
      void dealer.writable;
      await new Promise((resolve) => setImmediate(resolve));
    }
    seen = await Promise.race([reply.then(() => true), sleep(300, false)]);
  }
  router.close();
  dealer.close();
  await world.close();
  return seen;
}

function keep<T extends { close(): unknown }>(one: T): T {
  closing.push(one);
  return one;
}

function thrownBy(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('it should have thrown, and did not');
}

/** A port at which nobody listens, and from which no connection is made: one of those could meet itself. */
async function unusedPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.on('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** What servers say to a peer that speaks for itself: our envelopes by hand, and peers of other makes. */
import { afterEach, describe, expect, test } from 'vitest';
import * as zmq from 'zeromq';
import { brokerlessReq } from '../../patterns/brokerless-req/pattern.ts';
import { freelance } from '../../patterns/freelance/pattern.ts';
import type { Handler } from '../../patterns/index.ts';
import { clientHeader } from '../../patterns/majordomo/mdp-01.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { ascii } from '../../patterns/parts/bytes.ts';
import { emptyEnvelope, encode, Kind, read } from '../../patterns/parts/envelope.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { bytes, echo, text, World } from '../contract/world.ts';

const worlds: World[] = [];
const sockets: zmq.Dealer[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await Promise.all(worlds.splice(0).map((world) => world.close()));
});

/** How a body gets through to the handler's side, and an answer back; in Freelance a bare one has more before it. */
const peers: readonly { pattern: AnyPattern; before: readonly Uint8Array[]; beforeBare?: readonly Uint8Array[] }[] = [
  { pattern: brokerlessReq, before: [new Uint8Array(0)] },
  { pattern: freelance, before: [], beforeBare: [ascii('17')] },
  { pattern: majordomo, before: [new Uint8Array(0), clientHeader, ascii('default')] },
];

describe.each(peers.map((peer) => [peer.pattern.name, peer] as const))('%s', (_, { pattern, ...peer }) => {
  async function raw(handler: Handler, before = peer.before): Promise<(body: Uint8Array) => Promise<Uint8Array>> {
    const world = await World.open(pattern, Object.keys(pattern.variants)[0]!);
    worlds.push(world);
    await world.server(handler);
    await world.readyClient();
    const socket = new zmq.Dealer({ linger: 0, receiveTimeout: 5000 });
    sockets.push(socket);
    socket.connect(world.endpoints[0]!);
    return async (body) => {
      await socket.send([...before, body] as zmq.MessageLike[]);
      const frames = await socket.receive();
      expect(frames.slice(0, -1).map(text)).toEqual(before.map(text));
      return frames.at(-1)!;
    };
  }

  const request = {
    ...emptyEnvelope(),
    client: 'byhand',
    sequence: 5,
    slot: 3,
    service: 'default',
    payload: bytes('x'),
  };

  test('a transaction that comes twice is executed once, and answered both times', async () => {
    let executions = 0;
    const ask = await raw((body) => {
      executions++;
      return body;
    });
    for (const attempt of [1, 2]) {
      const answer = emptyEnvelope();
      read(await ask(encode({ ...request, attempt, remaining: 5_000_000 })), 0, answer);
      expect(answer).toMatchObject({ kind: Kind.reply, attempt, sequence: 5, slot: 3 });
      expect(text(answer.payload)).toBe('x');
    }
    expect(executions).toBe(1);
  });

  test('a handler that is told no has not executed, whatever it returns or throws', async () => {
    for (const throws of [false, true]) {
      const ask = await raw(async (body, context) => {
        await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
        while (context.mayCommit()) await new Promise((resolve) => setImmediate(resolve));
        if (throws) throw new Error('too late');
        return body;
      });
      const answer = emptyEnvelope();
      expect(read(await ask(encode({ ...request, remaining: 50_000 })), 0, answer)).toBeGreaterThan(0);
      expect(answer).toMatchObject({ kind: Kind.notExecuted, client: 'byhand', sequence: 5, slot: 3, attempt: 1 });
    }
  });

  test('a handler that did not ask is believed', async () => {
    const ask = await raw(echo);
    const answer = emptyEnvelope();
    read(await ask(encode({ ...request, remaining: 5_000_000, attempt: 7 })), 0, answer);
    expect(answer).toMatchObject({ kind: Kind.reply, attempt: 7 });
    expect(text(answer.payload)).toBe('x');
  });

  test('a bare body of a peer of another make is handled, and answered by a bare body', async () => {
    const handler: Handler = (body, { client, attempt }) => bytes(`${text(body)} ${client} ${attempt}`);
    const ask = await raw(handler, peer.beforeBare);
    expect(text(await ask(bytes('hello')))).toBe('hello plain 1');
    expect(text(await ask(bytes('PVT?')))).toBe('PVT? plain 1');
  });

  test('what is broken is dropped, and harms nobody else', async () => {
    const ask = await raw(echo);
    const answer = emptyEnvelope();
    const broken = encode({ ...request, remaining: 5_000_000 });
    broken[56] = 0xff;
    const socket = sockets.at(-1)!;
    const ping = encode({ ...request, kind: Kind.ping });
    for (const body of [broken, ping, encode({ ...request, kind: Kind.reply })]) {
      await socket.send([...peer.before, body] as zmq.MessageLike[]);
    }
    const sequences: number[] = [];
    read(await ask(encode({ ...request, remaining: 5_000_000, sequence: 9 })), 0, answer);
    sequences.push(answer.sequence);
    while (!sequences.includes(9)) {
      const frames = await socket.receive();
      sequences.push(read(frames.at(-1)!, 0, answer) < 0 ? 0 : answer.kind === Kind.reply ? answer.sequence : 0);
    }
    const client = await worlds.at(-1)!.readyClient();
    expect(text(await client.transact(bytes('others')))).toBe('others');
  });
});

test('freelance: a bare PING is answered by a bare PONG', async () => {
  const world = await World.open(freelance, 'default');
  worlds.push(world);
  await world.server(echo);
  const socket = new zmq.Dealer({ linger: 0, receiveTimeout: 5000 });
  sockets.push(socket);
  socket.connect(world.endpoints[0]!);
  await socket.send('PING');
  expect((await socket.receive()).map(text)).toEqual(['PONG']);
});

/** What is done to one message is done to it and to no other: ZMTP by hand, and our own patterns over ZeroMQ. */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Fault, LinkFault } from '../../harness/faults/fault.ts';
import { findFaults } from '../../harness/registry.ts';
import type { LinkVictim } from '../../harness/worlds/impairment.ts';
import { freePorts } from '../../harness/worlds/processes/ports.ts';
import { Follower, type Unit } from '../../harness/worlds/processes/relay/follower.ts';
import { Link } from '../../harness/worlds/processes/relay/link.ts';
import type { LinkSpec } from '../../harness/worlds/processes/relay/relay-spec.ts';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { connect, serve, start } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { until } from '../cli/command.ts';

const faults = await findFaults();
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const greeting = Buffer.alloc(64, 7);

/** A frame of ZMTP. */
function frame(body: string | Buffer, flags = 0): Buffer {
  const bytes = Buffer.from(body);
  if (bytes.length < 256) return Buffer.concat([Buffer.of(flags, bytes.length), bytes]);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(bytes.length));
  return Buffer.concat([Buffer.of(flags | 2), size, bytes]);
}

const command = (name: string) => frame(name, 4);
const textOf = ({ kind, frames, bytes }: Unit) =>
  kind === 'command' ? `<${bytes.subarray(2).toString()}>` : frames.map((one) => Buffer.from(one).toString()).join('+');

describe('the follower', () => {
  const stream = Buffer.concat([
    greeting,
    command('READY'),
    frame('one'),
    frame('two', 1),
    command('PING'),
    frame('more'),
    frame(Buffer.alloc(300, 120)),
  ]);

  it.each([1, 7, 65, 1000])('gives back whole what comes in pieces of %i bytes', (size) => {
    const follower = new Follower();
    const units: Unit[] = [];
    for (let from = 0; from < stream.length; from += size)
      units.push(...follower.feed(stream.subarray(from, from + size)));
    const after = units.filter(({ kind }) => kind !== 'greeting');
    expect(after.map(({ kind }) => kind)).toEqual(['command', 'message', 'message', 'message']);
    expect(after.slice(0, 3).map(textOf)).toEqual(['<READY>', 'one', 'two+more']);
    expect(Buffer.concat(units.map(({ bytes }) => bytes))).toEqual(stream);
  });
});

/** One connection through a link that follows messages: what its caller sends, its listener hears. */
async function oneWire() {
  const heard: Unit[] = [];
  let rest = 0;
  let isReset = false;
  const follower = new Follower();
  const listener = createServer((socket: Socket) => {
    socket.on('data', (bytes: Buffer) => {
      rest += bytes.length;
      for (const unit of follower.feed(bytes)) {
        if (unit.kind !== 'greeting') heard.push(unit);
        rest -= unit.bytes.length;
      }
    });
    socket.on('error', () => {
      isReset = true;
    });
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  open.push(() => listener.close());
  const target = { host: '127.0.0.1', port: (listener.address() as AddressInfo).port };
  const { victim, port } = await openLink(
    target,
    'to-listener',
    ([first]) => Buffer.from(first!).toString() === 'alive',
  );
  const caller = createConnection({ port, host: '127.0.0.1' });
  caller.on('error', () => undefined);
  open.push(() => caller.destroy());
  caller.write(Buffer.concat([greeting, command('READY')]));
  await until('it is connected', () => heard.length === 1);
  const messages = () => heard.slice(1).map(textOf);
  const say = (...said: Buffer[]) => caller.write(Buffer.concat(said));
  return { victim, say, messages, broken: () => ({ isReset, rest }) };
}

async function openLink(
  target: LinkSpec['doors'][number]['target'],
  requestsGo: LinkSpec['requestsGo'],
  isHeartbeat?: (frames: readonly Uint8Array[]) => boolean,
) {
  const [port] = (await freePorts(1)) as [number];
  const waiting = new Map<number, (at: number) => void>();
  const spec: LinkSpec = { name: 'client/server-1', follows: true, requestsGo, doors: [{ port, target }] };
  const link = new Link(spec, 1, isHeartbeat, (id) => waiting.get(id)?.(performance.now()));
  await link.open();
  open.push(() => link.impair(0, { kind: 'refuse' }, []));
  let ids = 0;
  const victim: LinkVictim = {
    name: spec.name,
    async impair(impairment, directions, struck = () => undefined) {
      const id = ++ids;
      waiting.set(id, struck);
      await link.impair(id, impairment, directions);
      return () => link.heal(id, impairment);
    },
  };
  return { victim, port };
}

function inject(name: string, victim: LinkVictim, options: object = {}, durationMs = 10_000) {
  const fault = faults.get(name) as Fault & LinkFault;
  const struck: number[] = [];
  const cure = fault.inject(victim, {
    options: fault.options.parse(options),
    durationMs,
    sleep: (ms, signal) => sleep(ms, undefined, { signal, ref: false }),
    struck: (at) => struck.push(at),
  });
  return { cure, struck };
}

describe('one message', () => {
  it('drop-message: the second is not there, the third is; heartbeats and commands don’t count', async () => {
    const { victim, say, messages } = await oneWire();
    const { cure, struck } = inject('drop-message', victim, { message: 2 });
    say(frame('a'), frame('alive'), command('PING'), frame('b', 1), frame('b2'), frame('c'));
    await until('the rest is there', () => messages().at(-1) === 'c');
    expect(messages()).toEqual(['a', 'alive', '<PING>', 'c']);
    await (await cure)();
    expect(struck).toHaveLength(1);
  });

  it('duplicate-message: twice, and only that one', async () => {
    const { victim, say, messages } = await oneWire();
    const { cure } = inject('duplicate-message', victim, { message: 1 });
    say(frame('a', 1), frame('a2'), frame('b'));
    await until('the rest is there', () => messages().at(-1) === 'b');
    expect(messages()).toEqual(['a+a2', 'a+a2', 'b']);
    await (await cure)();
  });

  it('hold-message: it comes with the cure, behind those that came after it', async () => {
    const { victim, say, messages } = await oneWire();
    const { cure } = inject('hold-message', victim);
    say(frame('a'), frame('b'), frame('c'));
    await until('the rest is there', () => messages().at(-1) === 'c');
    await (await cure)();
    await until('it is there too', () => messages().at(-1) === 'a');
    expect(messages()).toEqual(['b', 'c', 'a']);
  });

  it('cut-in-frame: the connection is reset with half of it delivered', async () => {
    const { victim, say, messages, broken } = await oneWire();
    const { cure } = inject('cut-in-frame', victim, { message: 2 });
    say(frame('a'), frame(Buffer.alloc(1000, 120)), frame('c'));
    await until('it is reset', () => broken().isReset);
    expect(messages()).toEqual(['a']);
    expect(broken().rest).toBe(505);
    await (await cure)();
  });

  it('it never comes: nothing was struck, and nothing is later', async () => {
    const { victim, say, messages } = await oneWire();
    const { cure, struck } = inject('drop-message', victim, {}, 30);
    await (await cure)();
    say(frame('a'));
    await until('it comes', () => messages().length === 1);
    expect(struck).toEqual([]);
  });
});

it('grey: heartbeats and commands pass, the rest comes with the cure, in order', async () => {
  const { victim, say, messages } = await oneWire();
  const { cure } = inject('grey', victim);
  const healed = await cure;
  say(frame('a'), frame('b'), command('PING'), frame('alive'));
  await until('signs of life are there', () => messages().length === 2);
  expect(messages()).toEqual(['<PING>', 'alive']);
  await healed();
  say(frame('c'));
  await until('all is there', () => messages().length === 5);
  expect(messages()).toEqual(['<PING>', 'alive', 'a', 'b', 'c']);
});

describe.each([
  ['freelance', freelance, 'to-listener'],
  ['majordomo', majordomo, 'to-listener'],
  ['majordomo behind its broker', majordomo, 'to-caller'],
] as const)('%s', (_, pattern: AnyPattern, requestsGo) => {
  it('grey: its heartbeats are known for such, so that nobody is suspected; the request waits for the cure', async () => {
    const [real] = (await freePorts(1)) as [number];
    const behind = `tcp://127.0.0.1:${real}`;
    const { victim, port } = await openLink({ host: '127.0.0.1', port: real }, requestsGo, pattern.isHeartbeat);
    const through = `tcp://127.0.0.1:${port}`;
    const handler = (request: Uint8Array) => request;
    const isBrokered = pattern.topology === 'broker';
    if (isBrokered) {
      const broker = await start(pattern, 'broker', { bind: behind });
      open.push(() => broker.close({ drainMs: 0 }));
    }
    const where = isBrokered ? { connect: requestsGo === 'to-caller' ? through : behind } : { bind: behind };
    const server = await serve(pattern, where, handler);
    open.push(() => server.close({ drainMs: 0 }));
    const client = await connect(pattern, { endpoints: requestsGo === 'to-listener' ? through : behind });
    open.push(() => client.close());
    await client.ready();
    const downs: string[] = [];
    client.on('peer-down', ({ peer }) => downs.push(peer));
    const healed = await inject('grey', victim).cure;
    let isSettled = false;
    const answer = client.transact(Buffer.from('x')).finally(() => {
      isSettled = true;
    });
    // Longer than the patience of any heartbeat: a silent peer would be suspected by now.
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect([isSettled, downs]).toEqual([false, []]);
    await healed();
    expect(Buffer.from(await answer).toString()).toBe('x');
  });
});

/** What is done to a link does what it says: a caller, a listener, and the link between them, all of them here. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { carrierOf, type Fault, type LinkFault } from '../../harness/faults/fault.ts';
import { findFaults } from '../../harness/registry.ts';
import type { LinkVictim } from '../../harness/worlds/impairment.ts';
import { freePorts } from '../../harness/worlds/processes/ports.ts';
import { Link } from '../../harness/worlds/processes/relay/link.ts';
import { until } from '../cli/command.ts';

const faults = await findFaults();
const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** One end of a connection, with all that it was told. */
class End {
  readonly socket: Socket;
  readonly pieces: Buffer[] = [];
  /** How it ended, as this end heard it. */
  ended: 'not' | 'FIN' | 'RST' = 'not';

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.pieces.push(bytes));
    socket.on('end', () => {
      this.ended = 'FIN';
    });
    socket.on('error', () => {
      this.ended = 'RST';
    });
    open.push(() => socket.destroy());
  }

  get heard(): string {
    return Buffer.concat(this.pieces).toString();
  }
}

interface World {
  readonly victim: LinkVictim;
  readonly port: number;
  readonly listener: Server;
  readonly accepted: End[];
  call(): End;
  /** A connection with both its ends. */
  pair(): Promise<{ caller: End; listener: End }>;
}

/** @param path where it listens, if not at a port. */
async function oneLink(path?: string): Promise<World> {
  const accepted: End[] = [];
  const listener = createServer({ allowHalfOpen: true }, (socket) => accepted.push(new End(socket)));
  await once(path === undefined ? listener.listen(0, '127.0.0.1') : listener.listen(path), 'listening');
  open.push(() => listener.close());
  const [port] = (await freePorts(1)) as [number];
  const target = path === undefined ? { host: '127.0.0.1', port: (listener.address() as AddressInfo).port } : { path };
  const link = new Link(
    { follows: false, name: 'client/server-1', requestsGo: 'to-listener', doors: [{ port, target }] },
    1,
  );
  await link.open();
  open.push(() => void link.impair(0, { kind: 'refuse' }, []));
  let ids = 0;
  const victim: LinkVictim = {
    name: 'client/server-1',
    async impair(impairment, directions) {
      const id = ++ids;
      await link.impair(id, impairment, directions);
      return () => link.heal(id, impairment);
    },
  };
  const call = () => new End(createConnection({ port, host: '127.0.0.1', allowHalfOpen: true }));
  const pair = async () => {
    const caller = call();
    caller.socket.write('<');
    const before = accepted.length;
    await until('it is connected', () => accepted.length > before && accepted.at(-1)!.heard === '<');
    return { caller, listener: accepted.at(-1)! };
  };
  return { victim, port, listener, accepted, call, pair };
}

function inject(name: string, victim: LinkVictim, options: object = {}) {
  const fault = faults.get(name) as Fault & LinkFault;
  return fault.inject(victim, {
    options: fault.options.parse(options),
    durationMs: 0,
    sleep: () => Promise.resolve(),
    struck: () => undefined,
  });
}

/** What is in order on a connection that works, both ways. */
async function works({ caller, listener }: { caller: End; listener: End }): Promise<void> {
  const [there, back] = [listener.heard, caller.heard];
  caller.socket.write('ask');
  listener.socket.write('answer');
  await until('it goes both ways', () => listener.heard === `${there}ask` && caller.heard === `${back}answer`);
}

/** Long enough for what comes at once to have come; a test whose truth is that nothing comes can't do without. */
const forAWhile = () => new Promise((resolve) => setTimeout(resolve, 60));

it('without a fault: both ways, and the end of one is heard by the other', async () => {
  const { pair } = await oneLink();
  const ends = await pair();
  await works(ends);
  ends.caller.socket.end();
  await until('the end is heard', () => ends.listener.ended === 'FIN');
  ends.listener.socket.resetAndDestroy();
  await until('so is the other', () => ends.caller.ended === 'RST');
});

it('nobody listens behind it: who calls is reset', async () => {
  const { listener, call } = await oneLink();
  listener.close();
  const caller = call();
  await until('it is reset', () => caller.ended === 'RST');
});

it.each([...faults.values()].filter((fault) => carrierOf(fault) === 'proxy').map(({ name }) => name))(
  '%s: a listener on a local socket has it too, and is there again when it is over',
  async (name) => {
    const { victim, pair } = await oneLink(join(folder, `${name}.socket`));
    await pair();
    await (await inject(name, victim))();
    await works(await pair());
  },
);

it('reset: both ends hear a RST, and a new connection works', async () => {
  const { victim, pair } = await oneLink();
  const { caller, listener } = await pair();
  const cure = await inject('reset', victim);
  await until('both were reset', () => caller.ended === 'RST' && listener.ended === 'RST');
  await works(await pair());
  await cure();
});

it('half-close: the receiver hears a FIN, the sender goes on and is not heard; the other way is open', async () => {
  const { victim, pair } = await oneLink();
  const { caller, listener } = await pair();
  const cure = await inject('half-close', victim);
  await until('the receiver hears the end', () => listener.ended === 'FIN');
  caller.socket.write('lost');
  listener.socket.write('heard');
  await until('the other way is open', () => caller.heard === 'heard');
  expect([caller.ended, listener.heard]).toEqual(['not', '<']);
  await cure();
  await until('what is left is reset', () => caller.ended === 'RST');
});

it('half-open: the receiver is reset, the sender is not told until the cure', async () => {
  const { victim, pair } = await oneLink();
  const { caller, listener } = await pair();
  const cure = await inject('half-open', victim, { direction: 'requests' });
  await until('the receiver is reset', () => listener.ended === 'RST');
  caller.socket.write('lost');
  await forAWhile();
  expect(caller.ended).toBe('not');
  await works(await pair());
  await cure();
  await until('now it is told', () => caller.ended === 'RST');
});

it('hold: nothing comes, not even an end, until the cure; then all of it, in order', async () => {
  const { victim, pair } = await oneLink();
  const { caller, listener } = await pair();
  const cure = await inject('hold', victim, { direction: 'requests' });
  caller.socket.write('kept');
  caller.socket.end();
  listener.socket.write('passes');
  await until('the other way is open', () => caller.heard === 'passes');
  await forAWhile();
  expect([listener.heard, listener.ended]).toEqual(['<', 'not']);
  await cure();
  await until('it comes', () => listener.heard === '<kept' && listener.ended === 'FIN');
});

it('hold: what piles up stays with its sender', async () => {
  const { victim, pair } = await oneLink();
  const { caller, listener } = await pair();
  const cure = await inject('hold', victim);
  const bytes = 64 * 1024 * 1024;
  const piece = Buffer.alloc(bytes / 1024);
  let taken = 0;
  const say = () => {
    caller.socket.write(piece, () => {
      if (++taken < 1024) say();
    });
  };
  say();
  const came = () => listener.pieces.reduce((sum, { length }) => sum + length, 0) - 1;
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(came()).toBe(0);
  expect(taken).toBeLessThan(512);
  await cure();
  await until('all of it comes', () => came() === bytes);
});

it('cut: what is sent is lost, an end too, and the cure resets both', async () => {
  const { victim, pair } = await oneLink();
  const { caller, listener } = await pair();
  const cure = await inject('cut', victim, { direction: 'replies' });
  listener.socket.write('lost');
  caller.socket.write('passes');
  await until('the other way is open', () => listener.heard === '<passes');
  await forAWhile();
  expect([caller.heard, caller.ended]).toEqual(['', 'not']);
  await cure();
  await until('both are reset', () => caller.ended === 'RST' && listener.ended === 'RST');
  expect(caller.heard).toBe('');
  await works(await pair());
});

it('refuse: those there are reset, and none is let in until the cure', async () => {
  const { victim, pair, call } = await oneLink();
  const { caller } = await pair();
  const cure = await inject('refuse', victim);
  await until('it is reset', () => caller.ended === 'RST');
  const refused = call();
  const [error] = (await once(refused.socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
  await cure();
  await works(await pair());
});

it('accept-only: who calls is let in, and neither heard nor answered until the cure', async () => {
  const { victim, pair, call, accepted } = await oneLink();
  const { caller } = await pair();
  const cure = await inject('accept-only', victim);
  await until('it is reset', () => caller.ended === 'RST');
  const ignored = call();
  await once(ignored.socket, 'connect');
  ignored.socket.write('hello');
  await forAWhile();
  expect([ignored.ended, accepted.length]).toEqual(['not', 1]);
  await cure();
  await until('it is reset in the end', () => ignored.ended === 'RST');
  await works(await pair());
});

it('delay: so much later, one way; at once after the cure', async () => {
  const { victim, pair } = await oneLink();
  const ends = await pair();
  const cure = await inject('delay', victim, { direction: 'requests', delayMs: 200, jitterMs: 50 });
  const from = performance.now();
  ends.caller.socket.write('late');
  ends.listener.socket.write('soon');
  await until('the other way is quick', () => ends.caller.heard === 'soon');
  expect(ends.listener.heard).toBe('<');
  await until('it comes', () => ends.listener.heard === '<late');
  expect(performance.now() - from).toBeGreaterThanOrEqual(199);
  await cure();
  await works(ends);
});

it('bandwidth: no more than so many bytes a second', async () => {
  const { victim, pair } = await oneLink();
  const { caller, listener } = await pair();
  await inject('bandwidth', victim, { bytesPerSec: 10_000 });
  const from = performance.now();
  caller.socket.write(Buffer.alloc(3001));
  await until('all is there', () => listener.heard.length === 3002);
  // The first step is let through at once.
  expect(performance.now() - from).toBeGreaterThan(270);
});

it('bandwidth: cured, what has waited for it comes at once', async () => {
  const { victim, pair } = await oneLink();
  const { caller, listener } = await pair();
  const cure = await inject('bandwidth', victim, { bytesPerSec: 1000 });
  const from = performance.now();
  caller.socket.write(Buffer.alloc(100_000));
  await until('some of it is there', () => listener.heard.length > 1);
  await cure();
  await until('all is there', () => listener.heard.length === 100_001);
  // A hundred seconds' worth.
  expect(performance.now() - from).toBeLessThan(20_000);
});

it('slice: in pieces of a few bytes', async () => {
  const { victim, pair } = await oneLink();
  const { caller, listener } = await pair();
  await inject('slice', victim, { bytesMax: 4, gapMs: 5 });
  caller.socket.write('x'.repeat(60));
  await until('all is there', () => listener.heard.length === 61);
  expect(listener.pieces.length).toBeGreaterThan(5);
  expect(listener.pieces[1]!.length).toBeLessThanOrEqual(4);
});

it('two faults at once, and one is cured: the other lasts', async () => {
  const { victim, pair } = await oneLink();
  const { caller, listener } = await pair();
  const [first, second] = [await inject('hold', victim), await inject('hold', victim)];
  caller.socket.write('kept');
  await first();
  await forAWhile();
  expect(listener.heard).toBe('<');
  await second();
  await until('it comes', () => listener.heard === '<kept');
});

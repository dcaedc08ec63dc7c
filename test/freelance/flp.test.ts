/** 10/FLP with peers of other makes: raw ROUTERs that say what the RFC lets them say, and what it does not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import * as zmq from 'zeromq';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { type Client, connect, type Handler, MisuseError, type Server, serve } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { emptyEnvelope, encode, isEnvelope, Kind } from '../../patterns/parts/envelope.ts';
import { bytes, echo, failureOf, Gate, text } from '../contract/world.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function endpoint(name = 'server'): string {
  const folder = mkdtempSync(join(tmpdir(), 'privateer-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return `ipc://${folder}/${name}`;
}

async function server(bind: string, handler: Handler, settings: Record<string, unknown> = {}): Promise<Server> {
  const running = await serve(freelance, { bind, ...settings }, handler);
  cleanups.push(() => running.close({ drainMs: 0 }));
  return running;
}

/** A client of another make: one ROUTER, with no routing id of its own (F1, F2). */
class FlpClient {
  readonly #socket = new zmq.Router({ linger: 0, mandatory: true, receiveTimeout: 5000 });

  constructor() {
    cleanups.push(() => this.#socket.close());
  }

  connect(to: string): void {
    this.#socket.connect(to);
  }

  /** Sends to the server of that name, as soon as it is known by it. */
  async send(server: string, ...frames: (string | Uint8Array)[]): Promise<void> {
    for (const end = Date.now() + 5000; ; ) {
      try {
        return await this.#socket.send([server, ...frames] as zmq.MessageLike[]);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EHOSTUNREACH' || Date.now() > end) throw error;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
  }

  async receive(): Promise<string[]> {
    return (await this.#socket.receive()).map((frame) => frame.toString('latin1'));
  }

  /** Whether anything came in while the server answered what was sent after it. */
  async hearsNothingBefore(server: string, marker: string): Promise<void> {
    await this.send(server, marker, marker);
    expect(await this.receive()).toEqual([server, marker, marker]);
  }
}

async function pair(handler: Handler, settings: Record<string, unknown> = {}): Promise<[FlpClient, string]> {
  const bind = endpoint();
  await server(bind, handler, settings);
  const client = new FlpClient();
  client.connect(bind);
  return [client, bind];
}

describe('a server, to FLP clients of other makes', () => {
  test('F1, F2: it is a ROUTER whose routing id is the endpoint that it binds', async () => {
    const [client, name] = await pair(echo);
    await client.send(name, 'PING');
    expect(await client.receive()).toEqual([name, 'PONG']);
  });

  test('F2: where clients connect to another endpoint, that is what it is called', async () => {
    const bind = endpoint();
    await server(bind, echo, { advertise: 'tcp://front.example:5555' });
    const client = new FlpClient();
    client.connect(bind);
    await client.send('tcp://front.example:5555', 'PING');
    expect(await client.receive()).toEqual(['tcp://front.example:5555', 'PONG']);
  });

  test('F2: one ROUTER tells several servers apart', async () => {
    const client = new FlpClient();
    const names = [endpoint('a'), endpoint('b'), endpoint('c')];
    for (const name of names) {
      await server(name, () => bytes(name));
      client.connect(name);
    }
    for (const name of names) {
      await client.send(name, '1', 'who?');
      expect(await client.receive()).toEqual([name, '1', name]);
    }
  });

  test('F3: PING is answered by PONG while handlers are busy, and only where it is the whole message', async () => {
    const gate = new Gate();
    const [client, name] = await pair(gate.handler);
    cleanups.push(() => gate.open());
    await client.send(name, '1', 'PING');
    await gate.until(1);
    await client.send(name, 'PING');
    expect(await client.receive()).toEqual([name, 'PONG']);
    gate.open();
    expect(await client.receive()).toEqual([name, '1', 'PING']);
    await client.send(name, 'PING', 'body');
    expect(await client.receive()).toEqual([name, 'PING', 'body']);
  });

  test('F4: the control frame comes back unmodified, whatever it is', async () => {
    const [client, name] = await pair(echo);
    const envelope = Buffer.from(encode({ ...emptyEnvelope(), kind: Kind.reply })).toString('latin1');
    for (const control of ['', '0', 'PING', 'PONG', '\0\xff\x01', 'x'.repeat(70_000), envelope]) {
      await client.send(name, Buffer.from(control, 'latin1'), 'body');
      expect(await client.receive()).toEqual([name, control, 'body']);
    }
  });

  test('F4: several may be outstanding, and answers go by their control frames', async () => {
    const [client, name] = await pair(
      async (body) => {
        await new Promise((resolve) => setTimeout(resolve, 20 - Number(text(body))));
        return body;
      },
      { concurrency: 20 },
    );
    for (let i = 0; i < 20; i++) await client.send(name, `c${i}`, `${i}`);
    const answers = new Map<string, string>();
    for (let i = 0; i < 20; i++) {
      const [from, control, body] = await client.receive();
      expect(from).toBe(name);
      answers.set(control!, body!);
    }
    expect([...answers].sort()).toEqual(Array.from({ length: 20 }, (_, i) => [`c${i}`, `${i}`]).sort());
  });

  test('F4: a body of several frames reaches the handler as one, and an empty one as empty', async () => {
    const [client, name] = await pair((body) => bytes(`${body.length}:${text(body)}`));
    await client.send(name, '1', 'ab', '', 'cd', 'e');
    expect(await client.receive()).toEqual([name, '1', '5:abcde']);
    await client.send(name, '2', '');
    expect(await client.receive()).toEqual([name, '2', '0:']);
    await client.send(name, '3', '', '');
    expect(await client.receive()).toEqual([name, '3', '0:']);
  });

  test('F4: a handler’s empty reply is one empty frame', async () => {
    const [client, name] = await pair(() => new Uint8Array(0));
    await client.send(name, '1', 'x');
    expect(await client.receive()).toEqual([name, '1', '']);
  });

  test('F6: it says nothing to who has not spoken', async () => {
    const [client, name] = await pair(echo);
    const silent = new FlpClient();
    silent.connect(name);
    await client.hearsNothingBefore(name, 'm');
    await silent.hearsNothingBefore(name, 'first');
  });

  test('an envelope of ours may ride in a body, and is answered by one', async () => {
    const [client, name] = await pair(echo);
    const request = { ...emptyEnvelope(), client: 'far', sequence: 9, service: 'default', remaining: 5_000_000 };
    await client.send(name, 'ccf', encode({ ...request, payload: bytes('inside') }));
    const [, control, body] = await client.receive();
    expect(control).toBe('ccf');
    expect(isEnvelope(Buffer.from(body!, 'latin1'))).toBe(true);
    expect(body).toContain('inside');
  });

  test('what no RFC allows is dropped, and harms nobody else', async () => {
    const [client, name] = await pair(echo, { payloadLimitBytes: 1000 });
    await client.send(name, 'a body with no control frame');
    await client.send(name, '');
    await client.send(name, 'ping');
    await client.send(name, '1', ...Array.from({ length: 11 }, () => 'x'.repeat(100)));
    await client.send(name, '2', ...Array.from({ length: 10 }, () => 'x'.repeat(100)));
    expect((await client.receive())[1]).toBe('2');
    for (let i = 0; i < 300; i++) {
      const frames = i % 9 === 0 ? [] : [Buffer.alloc((i * 31) % 90, i)];
      await client.send(name, ...frames);
    }
    const honest = new FlpClient();
    honest.connect(name);
    await honest.send(name, '1', 'x');
    expect(await honest.receive()).toEqual([name, '1', 'x']);
    await client.hearsNothingBefore(name, 'end');
  });

  test('what was not executed is not answered: any body would be taken for the reply', async () => {
    const gate = new Gate();
    const [client, name] = await pair(gate.handler, { queueLimit: 1 });
    await client.send(name, '1', 'taken');
    await gate.until(1);
    await client.send(name, '2', 'too many');
    await client.send(name, 'PING');
    expect(await client.receive()).toEqual([name, 'PONG']);
    gate.open();
    expect(await client.receive()).toEqual([name, '1', 'taken']);
    expect(gate.begun).toBe(1);
    await client.hearsNothingBefore(name, '3');
  });

  test('nor is what comes while it drains', async () => {
    const gate = new Gate();
    const bind = endpoint();
    const draining = await server(bind, gate.handler);
    const client = new FlpClient();
    client.connect(bind);
    await client.send(bind, '1', 'begun');
    await gate.until(1);
    const closed = draining.close();
    await client.send(bind, '2', 'too late');
    await client.send(bind, 'PING');
    expect(await client.receive()).toEqual([bind, 'PONG']);
    gate.open();
    expect(await client.receive()).toEqual([bind, '1', 'begun']);
    await closed;
    expect(gate.begun).toBe(1);
  });

  test('a handler that throws answers with its message, for want of another way', async () => {
    const [client, name] = await pair(() => {
      throw new Error('no such thing');
    });
    await client.send(name, '1', 'x');
    expect(await client.receive()).toEqual([name, '1', 'no such thing']);
  });
});

/** A server of another make: one ROUTER, which answers PING unless told to be silent, and leaves requests to the test. */
class FlpServer {
  readonly endpoint = endpoint();
  readonly requests: Buffer[][] = [];
  pings = 0;
  isSilent = false;
  readonly #socket = new zmq.Router({ linger: 0, routingId: this.endpoint });
  readonly #watchers = new Set<() => void>();

  static async start(): Promise<FlpServer> {
    const server = new FlpServer();
    cleanups.push(() => server.stop());
    await server.#socket.bind(server.endpoint);
    void server.#run();
    return server;
  }

  stop(): void {
    this.#socket.close();
  }

  async until(requests: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (this.requests.length < requests) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  async say(to: Buffer, ...frames: (string | Uint8Array)[]): Promise<void> {
    // Its loop may answer one PING more than the test lives.
    if (!this.#socket.closed) await this.#socket.send([to, ...frames] as zmq.MessageLike[]);
  }

  /** Answers the request of that number, in the order that they came. */
  async reply(number: number, ...body: string[]): Promise<void> {
    const [id, control] = this.requests[number]!;
    await this.say(id!, control!, ...body);
  }

  async #run(): Promise<void> {
    for await (const frames of this.#socket) {
      if (frames.length === 2 && frames[1]!.toString() === 'PING') {
        this.pings++;
        if (!this.isSilent) await this.say(frames[0]!, 'PONG');
        continue;
      }
      this.requests.push(frames);
      for (const look of this.#watchers) look();
    }
  }
}

async function plainClient(servers: readonly FlpServer[], settings: Record<string, unknown> = {}): Promise<Client> {
  const endpoints = servers.map((one) => one.endpoint);
  const client = await connect(freelance, { endpoints, wire: 'plain', ...settings });
  cleanups.push(() => client.close());
  await client.ready({ servers: servers.length });
  return client;
}

describe('a client, to FLP servers of other makes', () => {
  test('F4: it sends a control frame of its own and the bare body, and takes a body of several frames as one', async () => {
    const raw = await FlpServer.start();
    const client = await plainClient([raw]);
    const reply = client.transact(bytes('hello'));
    await raw.until(1);
    expect(raw.requests[0]).toHaveLength(3);
    expect(raw.requests[0]![2]!.toString()).toBe('hello');
    await raw.reply(0, 'a', '', 'bc');
    expect(text(await reply)).toBe('abc');
    const empty = client.transact(new Uint8Array(0));
    await raw.until(2);
    await raw.reply(1, '');
    expect(await empty).toHaveLength(0);
  });

  test('F4: any number may be outstanding, and replies go by their control frames', async () => {
    const raw = await FlpServer.start();
    const client = await plainClient([raw]);
    const replies = Array.from({ length: 50 }, (_, i) => client.transact(bytes(`${i}`)));
    await raw.until(50);
    expect(new Set(raw.requests.map(([, control]) => control!.toString('latin1'))).size).toBe(50);
    for (let i = 49; i >= 0; i--) await raw.reply(i, `re: ${raw.requests[i]![2]}`);
    expect((await Promise.all(replies)).map(text)).toEqual(Array.from({ length: 50 }, (_, i) => `re: ${i}`));
  });

  test('F4: the reply to one that was given up is known for a late one', async () => {
    const raw = await FlpServer.start();
    const client = await plainClient([raw]);
    expect(await failureOf(client.transact(bytes('first'), { timeoutMs: 50 }))).toMatchObject({ code: 'deadline' });
    const second = client.transact(bytes('second'));
    await raw.until(2);
    await raw.reply(0, 'too late');
    await raw.reply(1, 'in time');
    expect(text(await second)).toBe('in time');
    expect(client.stats().lateReplies).toBe(1);
  });

  test('F5: a server that is asked by PING and does not answer is asked nothing more, and what it has goes elsewhere', async () => {
    const servers = [await FlpServer.start(), await FlpServer.start()];
    const client = await plainClient(servers, { heartbeatIntervalMs: 20, heartbeatTimeoutMs: 100 });
    const replies = Array.from({ length: 10 }, (_, i) => client.transact(bytes(`${i}`)));
    await Promise.all(servers.map((one) => one.until(5)));
    const [silent, living] = servers as [FlpServer, FlpServer];
    silent.isSilent = true;
    await living.until(10);
    for (let i = 0; i < 10; i++) await living.reply(i, `re: ${living.requests[i]![2]}`);
    expect((await Promise.all(replies)).map(text)).toEqual(Array.from({ length: 10 }, (_, i) => `re: ${i}`));
    expect(silent.pings).toBeGreaterThan(2);
    expect(silent.requests).toHaveLength(5);
  });

  test('a server that dies: what it had goes to another, unless it may be asked only once', async () => {
    const servers = [await FlpServer.start(), await FlpServer.start()];
    const client = await plainClient(servers);
    const again = Array.from({ length: 4 }, (_, i) => client.transact(bytes(`again ${i}`)));
    const once = Array.from({ length: 4 }, (_, i) =>
      failureOf(client.transact(bytes(`once ${i}`), { delivery: 'at-most-once', timeoutMs: 2000 })),
    );
    await Promise.all(servers.map((one) => one.until(4)));
    const [dying, living] = servers as [FlpServer, FlpServer];
    const lost = dying.requests.filter(([, , body]) => body!.toString().startsWith('once')).length;
    dying.stop();
    await living.until(8 - lost);
    for (const [i, [, , body]] of living.requests.entries()) {
      if (body!.toString().startsWith('again')) await living.reply(i, `re: ${body}`);
    }
    expect((await Promise.all(again)).map(text)).toEqual(Array.from({ length: 4 }, (_, i) => `re: again ${i}`));
    const codes = (await Promise.all(once)).map((error) => (error as { code: string }).code);
    expect(codes.filter((code) => code === 'disconnected')).toHaveLength(lost);
    expect(codes.filter((code) => code === 'deadline')).toHaveLength(4 - lost);
  });

  test('what is no reply of its own is dropped', async () => {
    const raw = await FlpServer.start();
    const client = await plainClient([raw]);
    const reply = client.transact(bytes('x'));
    await raw.until(1);
    const [id, control] = raw.requests[0]!;
    const echoed = encode({ ...emptyEnvelope(), client: client.clientId });
    const noise = [['noise'], [''], ['', ''], ['1', 'x'], ['x.y', 'z'], ['9'.repeat(5000), 'x'], [control!], [echoed]];
    for (const frames of noise) await raw.say(id!, ...frames);
    await raw.say(id!, '4294967295.281474976710655', 'another');
    await raw.reply(0, 'right');
    expect(text(await reply)).toBe('right');
    expect(client.stats()).toMatchObject({ malformed: noise.length, lateReplies: 1 });
  });
});

describe('advertise', () => {
  test('is for servers that listen', async () => {
    const given = { connect: endpoint(), advertise: 'tcp://front.example:5555' };
    expect(await failureOf(serve(majordomo, given, echo))).toMatchObject({ setting: 'advertise' });
  });

  const cases: readonly [unknown, string][] = [
    ['front.example:5555', 'an endpoint is tcp://host:port or ipc://path'],
    ['tcp://*:5555', 'every interface'],
    [5555, 'an endpoint is'],
    [`tcp://${'x'.repeat(260)}:5555`, '255 bytes'],
  ];

  test.each(cases)('%s is refused', async (advertise, why) => {
    const failure = await failureOf(serve(freelance, { bind: endpoint(), advertise: advertise as string }, echo));
    expect(failure).toBeInstanceOf(MisuseError);
    expect(failure).toMatchObject({ setting: 'advertise', message: expect.stringContaining(why) });
  });
});

/** 10/FLP with peers of other makes: raw ROUTERs that say what the RFC lets them say, and what it does not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import * as zmq from 'zeromq';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { type Handler, MisuseError, type Server, serve } from '../../patterns/index.ts';
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

/** Our client on MDP's plain wire, with a broker of another make: a raw ROUTER that says what the test has it say. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import * as zmq from 'zeromq';
import { type Client, connect } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { bytes, failureOf, text } from '../contract/world.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Asked {
  readonly id: Buffer;
  readonly body: string;
}

/** A broker that answers `mmi.service` by itself, and leaves requests to the test. */
class RawBroker {
  readonly endpoint: string;
  readonly requests: Asked[] = [];
  /** Messages as they came, without the routing id. */
  readonly frames: string[][] = [];
  status = '200';
  readonly #socket = new zmq.Router({ linger: 0 });
  readonly #watchers = new Set<() => void>();

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'privateer-'));
    this.endpoint = `ipc://${folder}/broker`;
    cleanups.push(() => {
      this.#socket.close();
      rmSync(folder, { recursive: true, force: true });
    });
  }

  async start(): Promise<void> {
    await this.#socket.bind(this.endpoint);
    void this.#run();
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

  async say(id: Buffer, ...frames: string[]): Promise<void> {
    // Its loop may answer one sign of life more than the test lives.
    if (!this.#socket.closed) await this.#socket.send([id, ...frames]);
  }

  async reply({ id }: Asked, ...body: string[]): Promise<void> {
    await this.say(id, '', 'MDPC01', 'echo', ...body);
  }

  async #run(): Promise<void> {
    for await (const [id, ...rest] of this.#socket) {
      const frames = rest.map((frame) => frame.toString());
      if (frames[2] === 'mmi.service') {
        await this.say(id!, ...(frames[0] === '' ? ['', 'MDPC01'] : ['MDPC02', final]), 'mmi.service', this.status);
        continue;
      }
      this.frames.push(frames);
      this.requests.push({ id: id!, body: frames.at(-1)! });
      for (const look of this.#watchers) look();
    }
  }
}

const [partial, final] = ['\x02', '\x03'] as const;

async function broker(): Promise<RawBroker> {
  const raw = new RawBroker();
  await raw.start();
  return raw;
}

async function clientOf(endpoints: string | string[], settings: Record<string, unknown> = {}): Promise<Client> {
  const client = await connect(majordomo, {
    endpoints,
    service: 'echo',
    wire: 'plain',
    mdp: '0.1',
    plainIdentities: 3,
    ...settings,
  });
  cleanups.push(() => client.close());
  await client.ready();
  return client;
}

describe('on the plain wire', () => {
  test('C1: a request is what the RFC says, and a reply of several frames is taken as one', async () => {
    const raw = await broker();
    const client = await clientOf(raw.endpoint);
    const reply = client.transact(bytes('hello'));
    await raw.until(1);
    expect(raw.frames).toEqual([['', 'MDPC01', 'echo', 'hello']]);
    await raw.reply(raw.requests[0]!, 'a', '', 'bc');
    expect(text(await reply)).toBe('abc');
  });

  test('each client identity has one request outstanding; more wait', async () => {
    const raw = await broker();
    const client = await clientOf(raw.endpoint);
    const replies = Array.from({ length: 12 }, (_, i) => client.transact(bytes(`${i}`)));
    const seen = new Map<string, number>();
    for (let answered = 0; answered < 12; answered++) {
      await raw.until(Math.min(12, answered + 3));
      expect(raw.requests.length - answered).toBeLessThanOrEqual(3);
      const outstanding = raw.requests.slice(answered).map(({ id }) => id.toString('hex'));
      expect(new Set(outstanding).size).toBe(outstanding.length);
      const asked = raw.requests[answered]!;
      seen.set(asked.id.toString('hex'), (seen.get(asked.id.toString('hex')) ?? 0) + 1);
      await raw.reply(asked, `re: ${asked.body}`);
    }
    expect((await Promise.all(replies)).map(text)).toEqual(Array.from({ length: 12 }, (_, i) => `re: ${i}`));
    expect(seen.size).toBe(3);
  });

  test.each(['deadline', 'abandoned'] as const)(
    'C3: the late reply to one that ended as %s reaches nobody',
    async (code) => {
      const raw = await broker();
      const client = await clientOf(raw.endpoint, { plainIdentities: 1 });
      const giveUp = new AbortController();
      const options = code === 'deadline' ? { timeoutMs: 50 } : { signal: giveUp.signal };
      const first = client.transact(bytes('first'), options);
      await raw.until(1);
      giveUp.abort();
      expect(await failureOf(first)).toMatchObject({ code, outcome: 'unknown', definite: false });
      const second = client.transact(bytes('second'));
      await raw.until(2);
      const [gone, asked] = raw.requests;
      expect(asked!.id.equals(gone!.id)).toBe(false);
      await raw.reply(gone!, 'too late');
      await raw.reply(asked!, 'in time');
      expect(text(await second)).toBe('in time');
    },
  );

  test('C4: what is no reply to the request is dropped, and the reply still counts', async () => {
    const raw = await broker();
    const client = await clientOf(raw.endpoint, { plainIdentities: 1 });
    const reply = client.transact(bytes('x'));
    await raw.until(1);
    const { id } = raw.requests[0]!;
    await raw.say(id, '', 'MDPC01', 'other', 'wrong service');
    await raw.say(id, '', 'MDPC99', 'echo', 'wrong header');
    await raw.say(id, '', 'MDPW01', 'echo', 'wrong side');
    await raw.say(id, 'x', 'MDPC01', 'echo', 'no empty frame');
    await raw.say(id, '', 'MDPC01', 'echo');
    await raw.say(id, '');
    await raw.say(id, 'noise');
    await raw.reply(raw.requests[0]!, 'right');
    expect(text(await reply)).toBe('right');
    expect(client.stats().malformed).toBe(7);
  });

  test('a reply that nobody waits for is dropped', async () => {
    const raw = await broker();
    const client = await clientOf(raw.endpoint, { plainIdentities: 1 });
    const first = client.transact(bytes('1'));
    await raw.until(1);
    await raw.reply(raw.requests[0]!, 'once');
    await raw.reply(raw.requests[0]!, 'twice');
    expect(text(await first)).toBe('once');
    for (const end = Date.now() + 5000; client.stats().malformed === 0 && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 2));
    const second = client.transact(bytes('2'));
    await raw.until(2);
    await raw.reply(raw.requests[1]!, 'right');
    expect(text(await second)).toBe('right');
  });

  test('a broker that has no workers counts as none, and one that can’t say as one', async () => {
    const raw = await broker();
    raw.status = '404';
    const client = await connect(majordomo, { endpoints: raw.endpoint, service: 'echo', wire: 'plain', mdp: '0.1' });
    cleanups.push(() => client.close());
    expect(await failureOf(client.ready({ timeoutMs: 200 }))).toMatchObject({ code: 'unsent' });
    raw.status = '501';
    await client.ready();
  });

  test('a broker that dies: what it had goes to another, unless it may be asked only once', async () => {
    const [dying, living] = [await broker(), await broker()];
    const client = await clientOf([dying.endpoint, living.endpoint]);
    await client.ready({ servers: 2 });
    const again = Array.from({ length: 4 }, (_, i) => client.transact(bytes(`again ${i}`)));
    const once = Promise.allSettled(
      Array.from({ length: 2 }, (_, i) => client.transact(bytes(`once ${i}`), { delivery: 'at-most-once' })),
    );
    await Promise.all([dying.until(3), living.until(3)]);
    const lost = dying.requests.filter(({ body }) => body.startsWith('once')).length;
    dying.stop();
    let answered = 0;
    while (answered < 6 - lost) {
      await living.until(answered + 1);
      await living.reply(living.requests[answered]!, `re: ${living.requests[answered++]!.body}`);
    }
    expect((await Promise.all(again)).map(text)).toEqual(Array.from({ length: 4 }, (_, i) => `re: again ${i}`));
    const failed = (await once).filter((one) => one.status === 'rejected').map(({ reason }) => reason.code);
    expect(failed).toEqual(new Array(lost).fill('disconnected'));
    expect(lost).toBeGreaterThan(0);
  });

  describe('of 0.2', () => {
    test('C1, C2: zero or more PARTIALs and a FINAL are one answer, or its parts', async () => {
      const raw = await broker();
      const client = await clientOf(raw.endpoint, { mdp: '0.2' });
      const whole = client.transact(bytes('whole'));
      await raw.until(1);
      expect(raw.frames).toEqual([['MDPC02', '\x01', 'echo', 'whole']]);
      const { id } = raw.requests[0]!;
      for (const body of [['a', 'b'], ['c']]) await raw.say(id, 'MDPC02', partial, 'echo', ...body);
      await raw.say(id, 'MDPC02', final, 'echo', 'd');
      expect(text(await whole)).toBe('abcd');
      const parts = client.stream(bytes('parts'))[Symbol.asyncIterator]();
      await raw.until(2);
      const asked = raw.requests[1]!.id;
      for (const body of ['1', '2']) {
        await raw.say(asked, 'MDPC02', partial, 'echo', body);
        expect(text((await parts.next()).value)).toBe(body);
      }
      await raw.say(asked, 'MDPC02', final, 'echo', '3');
      expect(text((await parts.next()).value)).toBe('3');
      expect((await parts.next()).done).toBe(true);
    });

    test('parts of an answer that broke off are not mixed with those of the next one', async () => {
      const [dying, living] = [await broker(), await broker()];
      const client = await clientOf(dying.endpoint, { mdp: '0.2' });
      const reply = client.transact(bytes('x'));
      await dying.until(1);
      await dying.say(dying.requests[0]!.id, 'MDPC02', partial, 'echo', 'half of ');
      client.endpoints([dying.endpoint, living.endpoint]);
      await client.ready({ servers: 2 });
      dying.stop();
      await living.until(1);
      for (const body of ['all ', 'of ']) await living.say(living.requests[0]!.id, 'MDPC02', partial, 'echo', body);
      await living.say(living.requests[0]!.id, 'MDPC02', final, 'echo', 'it');
      expect(text(await reply)).toBe('all of it');
    });
  });
});

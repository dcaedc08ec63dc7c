/**
 * What every pattern and variant promises, over real sockets: section 4 of the design, a test for each sentence.
 * Where a variant promises less, its terms say so, with the reason.
 */
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type Client,
  failures,
  type HandlerContext,
  type Note,
  type TransactionError,
  type TransactOptions,
} from '../../patterns/index.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { endpointPromises } from './endpoints.ts';
import { expectCoded, expectFailed, expectFailure, expectMisuse } from './failures.ts';
import { givingUpPromises } from './giving-up.ts';
import { misusePromises } from './misuse.ts';
import { streamPromises } from './streams.ts';
import type { Subject } from './subject.ts';
import { type Terms, terms } from './terms.ts';
import { visible } from './visible.ts';
import { bytes, echo, failureOf, Gate, range, text, World } from './world.ts';

const limit = 1_048_576;
/** How much later than its deadline a transaction may settle. */
const grace = 250;

const transactions = {
  async 'a transaction commits with the reply of its handler'({ world }) {
    await world.server((request) => bytes(`${text(request)} world`));
    const client = await world.readyClient();
    expect(text(await client.transact(bytes('hello')))).toBe('hello world');
  },

  async 'two hundred at once over three servers each get the reply to their own request'({ world }) {
    for (const name of ['a', 'b', 'c']) {
      await world.server(async (request) => {
        await sleep(request[0]! % 3);
        return bytes(`${text(request)} by ${name}`);
      });
    }
    const client = await world.readyClient();
    const replies = await Promise.all(range(200).map((i) => client.transact(bytes(`request ${i}`))));
    expect(replies.map((reply) => text(reply).replace(/ by [abc]$/, ''))).toEqual(
      range(200).map((i) => `request ${i}`),
    );
  },

  async 'several rounds over the same client each get their own replies'({ world }) {
    await world.server(echo, { concurrency: 4 });
    const client = await world.readyClient();
    for (let round = 0; round < 5; round++) {
      const asked = range(40).map((i) => `${round}/${i}`);
      const replies = await Promise.all(asked.map((one) => client.transact(bytes(one))));
      expect(replies.map(text)).toEqual(asked);
    }
  },

  async 'what is asked before its server is there commits once it comes'({ world }) {
    const { client, arrive } = await world.early();
    const reply = client.transact(bytes('early'));
    await arrive(echo);
    expect(text(await reply)).toBe('early');
  },

  async 'an empty request and an empty reply pass'({ world }) {
    let seen = -1;
    await world.server((request) => {
      seen = request.byteLength;
      return new Uint8Array(0);
    });
    const client = await world.readyClient();
    expect((await client.transact(new Uint8Array(0))).byteLength).toBe(0);
    expect(seen).toBe(0);
  },

  async 'a request and a reply of exactly the limit pass'({ world }) {
    await world.server(echo);
    const client = await world.readyClient();
    const request = filled(limit);
    expect(Buffer.compare(await client.transact(request), request)).toBe(0);
  },

  async 'many requests near the limit pass at once'({ world }) {
    await world.server((request) => bytes(`${request.byteLength} of ${request[0]}`));
    const client = await world.readyClient();
    const replies = await Promise.all(range(8).map((i) => client.transact(new Uint8Array(limit - i).fill(i))));
    expect(replies.map(text)).toEqual(range(8).map((i) => `${limit - i} of ${i}`));
  },

  async 'a request one byte over the limit is misuse, and nothing is sent'({ world }) {
    const gate = opened();
    await world.server(gate.handler);
    const client = await world.readyClient();
    await expectMisuse(client.transact(new Uint8Array(limit + 1)), 'request');
    await client.transact(bytes('a later one'));
    expect(gate.begun).toBe(1);
  },

  async 'a request that is no Uint8Array is misuse'({ world }) {
    await world.server(echo);
    const client = await world.readyClient();
    for (const wrong of ['text', 7, undefined, null, new ArrayBuffer(4), [1, 2]]) {
      await expectMisuse(client.transact(wrong as unknown as Uint8Array), 'request');
    }
  },

  async 'a failure says its code in the words of the table, whose it was, and carries no stack'({ world, terms }) {
    const client = await world.client({ endpoints: [world.endpoint()] });
    const error = await expectFailure(client.transact(bytes('x'), { timeoutMs: 200 }), terms.nobodyThere);
    expect(error.message.startsWith(`${error.code}: ${failures[error.code].sentence}`)).toBe(true);
    expect(error.id).toMatch(new RegExp(`^${client.clientId}:\\d+$`));
    expect(error.stack ?? '').not.toMatch(/\n\s+at /);
  },

  async 'the service is `default`, and one request is handled at a time, where nothing else is said'({ world }) {
    const gate = new Gate();
    const services: string[] = [];
    await world.server(async (request, context) => {
      services.push(context.service);
      setTimeout(() => gate.open(), 20);
      return gate.handler(request);
    });
    const client = await world.readyClient();
    await Promise.all(range(10).map(() => client.transact(bytes('x'))));
    expect(gate.most).toBe(1);
    expect(new Set(services)).toEqual(new Set(['default']));
  },

  async 'a handler that throws rejects its caller with its message'({ world }) {
    await world.server((request) => {
      if (text(request) === 'now') throw new Error('out of stock');
      return Promise.reject(new RangeError('out of stock, later'));
    });
    const client = await world.readyClient();
    const thrown = await expectFailure(client.transact(bytes('now')), 'rejected');
    expect(thrown).toMatchObject({ message: 'out of stock', outcome: 'rejected', definite: false });
    const rejected = await expectFailure(client.transact(bytes('later')), 'rejected');
    expect(rejected.message).toBe('out of stock, later');
  },

  async 'a handler that throws what has no words rejects its caller all the same'({ world }) {
    const thrown: unknown[] = [undefined, Symbol('x'), Object.create(null), Object.assign(new Error(), { message: 7 })];
    await world.server((request) => {
      throw thrown[request[0]!];
    });
    const client = await world.readyClient();
    for (const i of thrown.keys()) await expectFailure(client.transact(Uint8Array.of(i)), 'rejected');
  },

  async 'a handler that returns anything but a Uint8Array rejects its caller'({ world }) {
    const wrong: unknown[] = ['text', undefined, 7, { length: 3 }, new ArrayBuffer(2)];
    await world.server((request) => wrong[request[0]!] as Uint8Array);
    const client = await world.readyClient();
    for (const i of wrong.keys()) {
      expect((await expectFailure(client.transact(Uint8Array.of(i)), 'rejected')).message).toMatch(/Uint8Array/);
    }
  },

  async 'a reply or a message over the limit rejects its caller, and disturbs nobody else'({ world }) {
    await world.server((request) => {
      if (text(request) === 'reply') return new Uint8Array(3 * limit);
      if (text(request) === 'throw') throw new Error('x'.repeat(3 * limit));
      return request;
    });
    const client = await world.readyClient();
    const reply = expectFailure(client.transact(bytes('reply')), 'rejected');
    const thrown = expectFailure(client.transact(bytes('throw')), 'rejected');
    const others = await Promise.all(range(20).map((i) => client.transact(bytes(`other ${i}`))));
    expect(others).toHaveLength(20);
    expect((await reply).message).toMatch(/limit|at most/);
    expect((await thrown).message).toMatch(/^x+/);
  },

  async 'a request for a service that nobody serves is not executed, and is settled by its deadline'({ world, terms }) {
    const gate = opened();
    await world.server(gate.handler, { service: 'apples' });
    const client = await world.client({ service: 'pears' });
    const codes = await Promise.all(
      [800, 900, 1000].map(async (timeoutMs) => {
        const since = performance.now();
        const error = await failureOf(client.transact(bytes('one'), { timeoutMs }));
        expect(performance.now() - since).toBeLessThan(timeoutMs + grace);
        expectFailed(error);
        expectCoded(error, error.code);
        return error.code;
      }),
    );
    // It is asked for again and again: at one of these deadlines that may be under way, which makes it unknown.
    const others = codes.filter((code) => code !== terms.unknownService);
    expect(others.length).toBeLessThanOrEqual(1);
    expect(others.filter((code) => code !== 'deadline')).toEqual([]);
    expect(gate.begun).toBe(0);
  },

  async 'one of two services is served by its own servers'({ world }) {
    await world.server(() => bytes('an apple'), { service: 'apples' });
    const apples = { ...(await endpointsOfOne(world)), service: 'apples' };
    const client = await world.readyClient(apples);
    const asked = await Promise.all(range(10).map(() => client.transact(bytes('one'))));
    expect(new Set(asked.map(text))).toEqual(new Set(['an apple']));
  },

  async 'a transaction whose handler is too slow is unknown at its deadline'({ world }) {
    const gate = new Gate();
    await world.server(gate.handler);
    const client = await world.readyClient();
    const since = performance.now();
    await expectFailure(client.transact(bytes('slow'), { timeoutMs: 300 }), 'deadline');
    const took = performance.now() - since;
    expect(took).toBeGreaterThanOrEqual(299);
    expect(took).toBeLessThan(300 + grace);
    expect(gate.begun).toBeGreaterThanOrEqual(1);
    gate.open();
  },

  async 'with no server at all each transaction settles by its deadline, and says what can be said'({ world, terms }) {
    const client = await world.client({ endpoints: [world.endpoint(), world.endpoint()] });
    const since = performance.now();
    const told = await Promise.all(range(3).map(() => failureOf(client.transact(bytes('x'), { timeoutMs: 200 }))));
    expect(performance.now() - since).toBeLessThan(200 + grace);
    for (const error of told) expectCoded(error, terms.nobodyThere);
  },

  async 'the deadline is the client’s `timeoutMs` where the transaction names none'({ world }) {
    const client = await world.client({ endpoints: [world.endpoint()], timeoutMs: 150 });
    const since = performance.now();
    await failureOf(client.transact(bytes('x')));
    expect(performance.now() - since).toBeGreaterThanOrEqual(149);
    expect(performance.now() - since).toBeLessThan(150 + grace);
  },

  async 'a deadline that is no whole number of milliseconds in range is misuse'({ world }) {
    const client = await world.client({ endpoints: [world.endpoint()] });
    for (const timeoutMs of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 3_600_001, '5' as unknown as number]) {
      await expectMisuse(client.transact(bytes('x'), { timeoutMs }), 'timeoutMs');
    }
  },

  async 'an id is the client’s, a colon and a sequence, alike in the handler’s context and in the error'({ world }) {
    const seen: string[] = [];
    await world.server((_request, { id }) => {
      seen.push(id);
      throw new Error('told');
    });
    const client = await world.readyClient({ clientId: 'shop-7' });
    expect(client.clientId).toBe('shop-7');
    const first = await expectFailure(client.transact(bytes('x')), 'rejected');
    const second = await expectFailure(client.transact(bytes('x')), 'rejected');
    expect(seen).toEqual([first.id, second.id]);
    expect(seen[0]).toMatch(/^shop-7:[1-9]\d*$/);
    expect(seen[0]).not.toBe(seen[1]);
  },

  async 'a caller may repeat an id of its own'({ world }) {
    await world.server((_request, { id }) => bytes(id));
    const client = await world.readyClient({ clientId: 'shop' });
    for (const id of ['shop:41', 'shop:41', 'shop:281474976710655', 'shop:1']) {
      expect(text(await client.transact(bytes('x'), { id }))).toBe(id);
    }
  },

  async 'an id of another client, or none at all, is misuse'({ world }) {
    await world.server(echo);
    const client = await world.readyClient({ clientId: 'shop' });
    const wrong = ['other:1', 'shop', 'shop:', 'shop:0', 'shop:-1', 'shop:1.5', 'shop:x', 'shop:1:2', 'shop:', ''];
    for (const id of [...wrong, 'shop: 7', 'shop:07', 'shop:1e3', 'shop:0x10', `shop:${2 ** 48}`]) {
      await expectMisuse(client.transact(bytes('x'), { id }), 'id');
    }
  },

  async 'an id that is pending can’t be repeated, and is none that the client makes'({ world }) {
    const gate = new Gate();
    await world.server(gate.handler, { concurrency: 8 });
    const client = await world.readyClient();
    const next = `${client.clientId}:1`;
    const first = client.transact(bytes('first'), { id: next });
    await expectMisuse(client.transact(bytes('second'), { id: next }), 'id');
    const { id } = await expectFailure(client.transact(bytes('fresh'), { timeoutMs: 300 }), 'deadline');
    expect(id).toBe(`${client.clientId}:2`);
    const fresh = client.transact(bytes('fresh'));
    await expectMisuse(client.transact(bytes('third'), { id: `${client.clientId}:3` }), 'id');
    gate.open();
    expect([text(await first), text(await fresh)]).toEqual(['first', 'fresh']);
  },

  async 'a handler is told what it handles'({ world }) {
    let context: HandlerContext | undefined;
    let remainingMs = 0;
    await world.server(
      (request, given) => {
        context = given;
        remainingMs = given.remainingMs;
        expect(given.mayCommit()).toBe(true);
        expect(given.signal.aborted).toBe(false);
        return request;
      },
      { service: 'apples' },
    );
    const client = await world.readyClient({ service: 'apples', clientId: 'shop' });
    await client.transact(bytes('x'), { id: 'shop:12', timeoutMs: 4000 });
    expect(context).toMatchObject({ id: 'shop:12', client: 'shop', service: 'apples', attempt: 1 });
    expect(remainingMs).toBeGreaterThan(0);
    expect(remainingMs).toBeLessThanOrEqual(4000);
  },

  async 'a handler’s signal aborts at the deadline, and from then on it may not commit'({ world }) {
    const seen: { early: boolean; late: boolean; remainingMs: number }[] = [];
    await world.server(async (request, context) => {
      const early = context.mayCommit();
      await aborted(context.signal);
      await vi.waitUntil(() => context.remainingMs === 0, { timeout: 10_000 });
      seen.push({ early, late: context.mayCommit(), remainingMs: context.remainingMs });
      return request;
    });
    const client = await world.readyClient();
    // The server's answer, "not executed", and the client's deadline come at the same time.
    const told = await failureOf(client.transact(bytes('x'), { timeoutMs: 200 }));
    expect(['deadline', 'not-executed']).toContain((told as TransactionError).code);
    await vi.waitUntil(() => seen.length > 0, { timeout: 2000 });
    expect(seen[0]).toEqual({ early: true, late: false, remainingMs: 0 });
  },

  async 'a server gives no request to its handler after its deadline'({ world }) {
    const gate = new Gate();
    await world.server(gate.handler, { concurrency: 1 });
    const client = await world.readyClient();
    const first = client.transact(bytes('first'));
    await gate.until(1);
    await Promise.all(range(5).map(() => failureOf(client.transact(bytes('x'), { timeoutMs: 100 }))));
    // The server's clock starts when the request comes in, a little after the client's.
    await sleep(100);
    gate.open();
    await first;
    await client.transact(bytes('last'));
    expect(gate.begun).toBe(2);
  },

  async 'a signal that has aborted withdraws a transaction at once'({ world }) {
    const gate = opened();
    await world.server(gate.handler);
    const client = await world.readyClient();
    await expectFailure(client.transact(bytes('x'), { signal: AbortSignal.abort() }), 'withdrawn');
    await client.transact(bytes('another'));
    expect(gate.begun).toBe(1);
  },

  async 'a signal gives up a transaction that a server has'({ world }) {
    const gate = new Gate();
    await world.server(gate.handler);
    const client = await world.readyClient();
    const giveUp = new AbortController();
    const told = expectFailure(client.transact(bytes('x'), { signal: giveUp.signal }), 'abandoned');
    await gate.until(1);
    giveUp.abort();
    await told;
    giveUp.abort();
    gate.open();
    expect(text(await client.transact(bytes('next')))).toBe('next');
  },

  async 'a signal gives up a transaction that no server has'({ world, terms }) {
    const client = await world.client({ endpoints: [world.endpoint()] });
    const giveUp = new AbortController();
    const told = expectFailure(client.transact(bytes('x'), { signal: giveUp.signal }), terms.givenUpUntaken);
    await nextTurn();
    giveUp.abort();
    await told;
  },

  async 'one signal may go with many transactions, and means nothing once they have settled'({ world }) {
    await world.server(echo);
    const client = await world.readyClient();
    const { signal, abort } = controller();
    const warned = vi.fn();
    process.on('warning', warned);
    const replies = await Promise.all(range(40).map((i) => client.transact(bytes(`${i}`), { signal })));
    abort();
    await nextTurn();
    process.off('warning', warned);
    expect(replies).toHaveLength(40);
    expect(warned).not.toHaveBeenCalled();
    expect(text(await client.transact(bytes('after')))).toBe('after');
  },

  async 'thousands that end in one moment, by deadline, by signal and by close, all settle, with turns of the event loop in between'({
    world,
  }) {
    const client = await world.client({ endpoints: [world.endpoint()] });
    const giveUp = new AbortController();
    let turn = 0;
    const many = async (options: TransactOptions, end: () => void): Promise<void> => {
      const turns = new Set<number>();
      const outcomes = new Set<unknown>();
      const one = () =>
        client.transact(bytes('x'), options).catch(({ outcome }: TransactionError) => {
          turns.add(turn);
          outcomes.add(outcome);
        });
      let settled = false;
      const all = Promise.all(range(5000).map(one)).then(() => {
        settled = true;
      });
      await nextTurn();
      end();
      for (; !settled; turn++) await nextTurn();
      await all;
      expect(turns.size).toBeGreaterThan(1);
      for (const outcome of outcomes) expect(['refused', 'unknown']).toContain(outcome);
    };
    await many({ timeoutMs: 100 }, () => undefined);
    await many({ signal: giveUp.signal }, () => giveUp.abort());
    await many({}, () => void client.close());
  },

  async 'one more than may be pending is refused at once'({ world }) {
    const gate = new Gate();
    await world.server(gate.handler, { concurrency: 8 });
    const client = await world.readyClient({ pendingLimit: 3 });
    const taken = range(3).map((i) => client.transact(bytes(`${i}`)));
    const refusals = await Promise.all(range(4).map(() => expectFailure(client.transact(bytes('over')), 'full')));
    expect(refusals).toHaveLength(4);
    gate.open();
    expect((await Promise.all(taken)).map(text)).toEqual(['0', '1', '2']);
    expect(text(await client.transact(bytes('room again')))).toBe('room again');
  },

  async 'ready resolves once a server can take a transaction'({ world }) {
    const { client, arrive } = await world.early();
    const resolved = vi.fn();
    const ready = client.ready().then(resolved);
    await sleep(50);
    expect(resolved).not.toHaveBeenCalled();
    await arrive(echo);
    await ready;
    await client.ready();
  },

  async 'ready waits for as many servers as it was asked for'({ world }) {
    await world.peers(3, echo);
    const client = await world.client();
    await client.ready({ servers: 3 });
    const told = expectFailure(client.ready({ servers: 4, timeoutMs: 100 }), 'unsent');
    expect((await told).message).toMatch(/3 of 4/);
  },

  async 'ready fails when its time is up'({ world }) {
    const client = await world.client({ endpoints: [world.endpoint()] });
    const since = performance.now();
    await expectFailure(client.ready({ timeoutMs: 150 }), 'unsent');
    expect(performance.now() - since).toBeGreaterThanOrEqual(149);
    expect(performance.now() - since).toBeLessThan(150 + grace);
  },

  async 'ready is withdrawn by its signal, and by the end of its client'({ world }) {
    const client = await world.client({ endpoints: [world.endpoint()] });
    await expectFailure(client.ready({ signal: AbortSignal.abort() }), 'withdrawn');
    const { signal, abort } = controller();
    const byCaller = expectFailure(client.ready({ signal }), 'withdrawn');
    abort();
    await byCaller;
    const byClose = expectFailure(client.ready(), 'withdrawn');
    await client.close();
    await byClose;
    expectFailed(await failureOf(client.ready()));
  },

  async 'ready asked for something impossible is misuse'({ world }) {
    const client = await world.client({ endpoints: [world.endpoint()] });
    await expectMisuse(client.ready({ servers: 0 }), 'servers');
    await expectMisuse(client.ready({ timeoutMs: -1 }), 'timeoutMs');
  },

  async 'close settles what is pending at once, and may be called twice'({ world }) {
    const gate = new Gate();
    await world.server(gate.handler, { concurrency: 2 });
    const client = await world.readyClient();
    const atServer = expectFailure(client.transact(bytes('begun')), 'abandoned');
    await gate.until(1);
    const unsent = expectFailure(client.transact(bytes('never left')), 'withdrawn');
    const since = performance.now();
    const closed = client.close();
    expect(client.close()).toBe(closed);
    await Promise.all([closed, atServer, unsent]);
    await client.close();
    expect(performance.now() - since).toBeLessThan(grace);
    gate.open();
  },

  async 'when close has resolved, every caller has been told: the process may end then'({ world }) {
    const gate = new Gate();
    await world.server(gate.handler);
    const client = await world.readyClient();
    const told: unknown[] = [];
    const asks = async (request: string) => {
      const reply = async () => await client.transact(bytes(request));
      try {
        await reply();
      } catch (error) {
        told.push((error as TransactionError).outcome);
      }
    };
    for (const request of ['a', 'b', 'c']) void asks(request);
    await gate.until(1);
    await client.close();
    expect(told).toHaveLength(3);
    gate.open();
  },

  async 'close with time to drain waits for what is pending'({ world }) {
    const gate = new Gate();
    await world.server(gate.handler, { concurrency: 8 });
    const client = await world.readyClient();
    const pending = range(5).map((i) => client.transact(bytes(`${i}`)));
    await gate.until(1);
    const closed = client.close({ drainMs: 10_000 });
    await expectFailure(client.transact(bytes('too late')), 'withdrawn');
    gate.open();
    expect((await Promise.all(pending)).map(text)).toEqual(['0', '1', '2', '3', '4']);
    const since = performance.now();
    await closed;
    expect(performance.now() - since).toBeLessThan(1000);
  },

  async 'close gives up what does not settle in the time to drain'({ world }) {
    const gate = new Gate();
    await world.server(gate.handler);
    const client = await world.readyClient();
    const told = expectFailure(client.transact(bytes('stuck')), 'abandoned');
    await gate.until(1);
    const since = performance.now();
    await client.close({ drainMs: 100 });
    await told;
    expect(performance.now() - since).toBeLessThan(100 + grace);
    gate.open();
  },

  async 'a closed client withdraws every transaction'({ world }) {
    const client = await world.client({ endpoints: [world.endpoint()] });
    await client[Symbol.asyncDispose]();
    await expectFailure(client.transact(bytes('x')), 'withdrawn');
  },

  async 'a delivery that the variant can do is done, another is misuse'({ world, terms }) {
    await world.server(echo);
    const client = await world.readyClient();
    for (const delivery of ['at-most-once', 'at-least-once'] as const) {
      const reply = client.transact(bytes(delivery), { delivery });
      if (terms.cannot.includes(delivery)) await expectMisuse(reply, 'delivery');
      else expect(text(await reply)).toBe(delivery);
    }
    await expectMisuse(client.transact(bytes('x'), { delivery: 'perhaps' as 'at-most-once' }), 'delivery');
  },

  async 'never more handlers run at once than `concurrency` says'({ world }) {
    for (const concurrency of [1, 3]) {
      const gate = new Gate();
      const { handler } = gate;
      const slow: typeof handler = async (request) => {
        const reply = handler(request);
        setTimeout(() => gate.open(), 20);
        return reply;
      };
      await world.server(slow, { concurrency, service: `of-${concurrency}` });
      const client = await world.readyClient({ service: `of-${concurrency}`, endpoints: world.endpoints.slice(-1) });
      await Promise.all(range(30).map(() => client.transact(bytes('x'))));
      expect(gate.begun).toBe(30);
      expect(gate.most).toBeLessThanOrEqual(concurrency);
    }
  },

  async 'as many handlers run at once as `concurrency` says'({ world }) {
    const gate = new Gate();
    await world.server(gate.handler, { concurrency: 4 });
    const client = await world.readyClient();
    const replies = range(8).map((i) => client.transact(bytes(`${i}`)));
    await gate.until(4);
    expect(gate.most).toBe(4);
    gate.open();
    await Promise.all(replies);
  },

  async 'a server that closes finishes what it began, and its caller hears of it'({ world }) {
    const gate = new Gate();
    const server = await world.server(gate.handler);
    const client = await world.readyClient();
    const reply = client.transact(bytes('begun'));
    await gate.until(1);
    const closed = server.close({ drainMs: 5000 });
    expect(server.close()).toBe(closed);
    gate.open();
    expect(text(await reply)).toBe('begun');
    await closed;
  },

  async 'a server that drains executes nothing that comes after'({ world }) {
    const gate = new Gate();
    const server = await world.server(gate.handler, { concurrency: 4 });
    const client = await world.readyClient();
    const begun = client.transact(bytes('begun'));
    await gate.until(1);
    const closed = server.close({ drainMs: 5000 });
    const later = range(3).map(() => failureOf(client.transact(bytes('later'), { timeoutMs: 300 })));
    for (const told of await Promise.all(later)) expectFailed(told);
    expect(gate.begun).toBe(1);
    gate.open();
    await Promise.all([begun, closed]);
  },

  async 'what comes after a server began to drain goes to another server'({ world }) {
    const gate = new Gate();
    const server = await world.server(gate.handler);
    const client = await world.client({ endpoints: world.endpoints });
    await client.ready();
    const begun = client.transact(bytes('begun'));
    await gate.until(1);
    const closed = server.close({ drainMs: 5000 });
    await world.server((request) => bytes(`${text(request)} elsewhere`));
    const other = await world.readyClient({ endpoints: world.endpoints });
    const replies = await Promise.all(range(10).map((i) => other.transact(bytes(`${i}`))));
    expect(replies.map(text)).toEqual(range(10).map((i) => `${i} elsewhere`));
    gate.open();
    expect(text(await begun)).toBe('begun');
    await closed;
  },

  async 'a server that closes without time to drain leaves nobody waiting beyond the deadline'({ world }) {
    const gate = new Gate();
    const server = await world.server(gate.handler);
    const client = await world.readyClient();
    const since = performance.now();
    const told = failureOf(client.transact(bytes('begun'), { timeoutMs: 400 }));
    await gate.until(1);
    await server.close({ drainMs: 0 });
    expect(await told).toMatchObject({ outcome: 'unknown', definite: false });
    expect(performance.now() - since).toBeLessThan(400 + grace);
    gate.open();
  },

  async 'several clients in one process don’t disturb each other'({ world }) {
    await world.server((request, { client }) => bytes(`${client}: ${text(request)}`), { concurrency: 4 });
    const names = ['ann', 'bob', 'cid'];
    const clients = await Promise.all(names.map((clientId) => world.readyClient({ clientId })));
    const asked = clients.flatMap((client) => range(20).map((i) => ({ client, i })));
    const replies = await Promise.all(asked.map(({ client, i }) => client.transact(bytes(`${i}`))));
    expect(replies.map(text)).toEqual(asked.map(({ client, i }) => `${client.clientId}: ${i}`));
    await clients[0]!.close();
    expect(text(await clients[1]!.transact(bytes('still')))).toBe('bob: still');
  },

  async 'each promise settles, whatever becomes of its transaction'({ world, pattern }) {
    const tells: Client[] = [];
    let calls = 0;
    const server = await world.server(async (request) => {
      const turn = ++calls % 5;
      if (turn === 1) throw new Error('told');
      if (turn === 2) await sleep(30);
      return request;
    });
    for (let i = 0; i < 2; i++) tells.push(await world.readyClient());
    const { signal, abort } = controller();
    const asked = range(120).map((i) => {
      const options = { timeoutMs: 50 + 3 * i, ...(i % 7 === 0 ? { signal } : {}) };
      return tells[i % 2]!.transact(bytes(`${i}`), options).then(
        (reply) => expect(text(reply)).toBe(`${i}`),
        (error) => expectFailed(error),
      );
    });
    setTimeout(abort, 40);
    setTimeout(() => void server.close({ drainMs: 0 }), 90);
    await Promise.all(asked);
    expect(asked).toHaveLength(120);
    expect(pattern.name).not.toBe('');
  },

  async 'a setting that is undefined is one that was not given'({ world }) {
    await world.server(echo);
    const undefinedAll = { timeoutMs: undefined, immediate: undefined, retry: undefined, service: undefined };
    const { immediate: _i, retry: _r, ...common } = undefinedAll;
    const client = await world.readyClient(common);
    expect(text(await client.transact(bytes('x'), { id: undefined, timeoutMs: undefined } as object))).toBe('x');
  },

  async 'an endpoint that is in use can’t be bound'({ world }) {
    // Not ipc: there libzmq takes the path away from whoever had it, and says nothing.
    const taken = createServer();
    const port = await listening(taken);
    const bind = `tcp://127.0.0.1:${port}`;
    if (world.listener === 'server') await expectMisuse(world.server(echo, { bind }), 'bind');
    else if (world.listener === 'client') await expectMisuse(world.connect({ bind, slots: 1 }), 'bind');
    else await expectMisuse(world.broker({ bind }), 'bind');
    taken.close();
  },

  async 'a client’s trace is told of attempts by sequence'({ world }) {
    const notes: Note[] = [];
    await world.server(echo);
    const client = await world.readyClient({ trace: (note: Note) => notes.push(note) });
    await client.transact(bytes('x'), { id: `${client.clientId}:77` });
    expect(notes.filter(({ kind }) => kind === 'attempt')).toEqual([expect.objectContaining({ sequence: 77 })]);
  },
} satisfies Record<string, (subject: Subject) => Promise<void>>;

const promises = {
  ...transactions,
  ...misusePromises,
  ...givingUpPromises,
  ...endpointPromises,
  ...visible,
  ...streamPromises,
};

export type Title = keyof typeof promises;

/** Every promise, as a test of that variant. */
/** Every variant of a pattern keeps what its terms leave of it. A file each, so that they can run beside one another. */
export function contractOf(pattern: AnyPattern): void {
  for (const variant of Object.keys(pattern.variants)) {
    const own = terms[`${pattern.name}/${variant}`];
    if (own !== undefined) contract(pattern, variant, own);
  }
}

function contract(pattern: AnyPattern, variant: string, terms: Terms): void {
  describe(`${pattern.name}/${variant}`, () => {
    const worlds: World[] = [];
    afterEach(async () => {
      await Promise.all(worlds.splice(0).map((world) => world.close()));
    });
    for (const [title, promise] of Object.entries(promises)) {
      const reason = terms.skip.find(({ tests }) => tests.includes(title as Title))?.reason;
      const run = async () => {
        const world = await World.open(pattern, variant);
        worlds.push(world);
        await promise({ world, terms, pattern });
      };
      if (reason === undefined) test(title, run);
      else test.skip(`${title} (not here: ${reason})`, run);
    }
  });
}

async function endpointsOfOne(world: World): Promise<{ endpoints: string[] }> {
  const endpoints = [...world.endpoints];
  await world.server(() => bytes('a pear'), { service: 'pears' });
  return { endpoints };
}

/** A gate that holds nobody: it only counts. */
function opened(): Gate {
  const gate = new Gate();
  gate.open();
  return gate;
}

function controller(): { signal: AbortSignal; abort: () => void } {
  const made = new AbortController();
  return { signal: made.signal, abort: () => made.abort() };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Listens at a port that no connection is given by the system: one of those could connect to itself. */
function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    const next = () => 20_000 + Math.floor(Math.random() * 12_000);
    let port = next();
    server.on('error', () => server.listen((port = next()), '127.0.0.1'));
    server.on('listening', () => resolve(port));
    server.listen(port, '127.0.0.1');
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function filled(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
}

/** What every pattern and variant promises of answers in parts. */
import { expect } from 'vitest';
import { expectFailure, expectMisuse } from './failures.ts';
import type { Subject } from './subject.ts';
import { bytes, echo, failureOf, Gate, range, text } from './world.ts';

export const streamPromises = {
  async 'a stream gives the parts of an answer in order'({ world }) {
    await world.server(counting(500));
    const client = await world.readyClient();
    expect(await all(client.stream(bytes('x')))).toEqual(range(500).map((i) => `x ${i}`));
  },

  async 'a stream gives each part as it is made'({ world }) {
    const gate = new Gate();
    await world.server(async function* (request) {
      yield bytes('the first');
      yield await gate.handler(request);
    });
    const client = await world.readyClient();
    const parts = client.stream(bytes('the second'))[Symbol.asyncIterator]();
    expect(text((await parts.next()).value)).toBe('the first');
    gate.open();
    expect(text((await parts.next()).value)).toBe('the second');
    expect((await parts.next()).done).toBe(true);
  },

  async 'a stream gives one item where the handler answers whole, an empty one too'({ world }) {
    await world.server(echo);
    const client = await world.readyClient();
    expect(await all(client.stream(bytes('whole')))).toEqual(['whole']);
    expect(await all(client.stream(bytes('')))).toEqual(['']);
  },

  async 'a stream gives nothing where the handler has no part to give'({ world }) {
    await world.server(counting(0));
    const client = await world.readyClient();
    expect(await all(client.stream(bytes('x')))).toEqual([]);
    expect((await client.transact(bytes('x'))).byteLength).toBe(0);
  },

  async 'a transaction gives all parts of its answer joined'({ world }) {
    await world.server(counting(3));
    const client = await world.readyClient();
    expect(text(await client.transact(bytes('x')))).toBe('x 0x 1x 2');
  },

  async 'many streams at once don’t mix'({ world }) {
    for (let i = 0; i < 2; i++) await world.server(counting(20), { concurrency: 8 });
    const client = await world.readyClient();
    const answers = await Promise.all(range(40).map((i) => all(client.stream(bytes(`s${i}`)))));
    for (const [i, answer] of answers.entries()) expect(answer).toEqual(range(20).map((part) => `s${i} ${part}`));
  },

  async 'a handler that throws after its first part ends the stream with its message'({ world }) {
    await world.server(async function* () {
      yield bytes('one');
      throw new Error('out of parts');
    });
    const client = await world.readyClient();
    const parts = client.stream(bytes('x'))[Symbol.asyncIterator]();
    // A socket that takes an answer only whole is told of the end alone.
    const error = await expectFailure(
      (async () => {
        while (!(await parts.next()).done);
      })(),
      'rejected',
    );
    expect(error.message).toBe('out of parts');
    expect((await parts.next()).done).toBe(true);
    await expectFailure(client.transact(bytes('x')), 'rejected');
  },

  async 'a part that is no Uint8Array, or over the limit, rejects its caller'({ world }) {
    const wrong: unknown[] = ['text', undefined, new Uint8Array(1_048_577)];
    await world.server(async function* (request) {
      yield wrong[request[0]!] as Uint8Array;
    });
    const client = await world.readyClient();
    for (const i of wrong.keys()) await expectFailure(all(client.stream(Uint8Array.of(i))), 'rejected');
  },

  async 'leaving a stream gives its transaction up'({ world }) {
    await world.server(counting(100));
    const client = await world.readyClient({ pendingLimit: 1 });
    for await (const part of client.stream(bytes('x'))) {
      expect(text(part)).toBe('x 0');
      break;
    }
    for await (const part of client.stream(bytes('x'))) {
      expect(text(part)).toBe('x 0');
      break;
    }
    expect(await all(client.stream(bytes('y')))).toHaveLength(100);
  },

  async 'a stream that is late ends at its deadline, and its handler is told to stop'({ world }) {
    let stopped = 0;
    await world.server(async function* () {
      try {
        for (;;) {
          yield bytes('more');
          await new Promise((next) => setTimeout(next, 5));
        }
      } finally {
        stopped++;
      }
    });
    const client = await world.readyClient();
    await expectFailure(all(client.stream(bytes('x'), { timeoutMs: 150 })), 'deadline');
    await expect.poll(() => stopped).toBe(1);
  },

  async 'a stream that nobody reads is given up when too much of it waits'({ world }) {
    await world.server(async function* () {
      for (let i = 0; i < 50; i++) yield new Uint8Array(10_000).fill(i);
    });
    const client = await world.readyClient({ streamBufferBytes: 100_000 });
    const stream = client.stream(bytes('x'));
    await client.transact(bytes('y'), { timeoutMs: 1000 }).catch(() => undefined);
    const error = await expectFailure(all(stream), 'interrupted');
    expect(error.message).toContain('100000 bytes');
  },

  async 'parts that are more than a transaction may hold are no answer to it, and a stream to who reads them'({
    world,
  }) {
    await world.server(async function* () {
      for (let i = 0; i < 20; i++) yield new Uint8Array(100_000).fill(i);
    });
    const client = await world.readyClient();
    const error = await failureOf(client.transact(bytes('x')));
    expect(error).toMatchObject({ name: 'TransactionError', definite: false });
  },

  async 'misuse of a stream is thrown at once, and a closed client withdraws it'({ world }) {
    await world.server(echo);
    const client = await world.readyClient();
    await expectMisuse((async () => client.stream('text' as unknown as Uint8Array))(), 'request');
    await client.close();
    await expectFailure(all(client.stream(bytes('x'))), 'withdrawn');
  },

  async 'a transaction whose answer breaks off gets a whole one elsewhere; a stream that has begun says so'({
    world,
    terms,
  }) {
    // As many as there are slots: where luck decides who is asked first, the one that is to end is asked by somebody.
    const many = 6;
    const gate = new Gate();
    const first = await world.server(
      async function* (request) {
        yield bytes('of the first ');
        yield await gate.handler(request);
      },
      { concurrency: 64 },
    );
    await world.server(counting(2), { concurrency: 64 });
    // Where nobody finds the end of a connection out, the deadline does.
    const client = await world.client(terms.cannot.includes('at-least-once') ? { timeoutMs: 500 } : {});
    await client.ready({ servers: world.endpoints.length });
    const answers = range(many).map((i) => client.transact(bytes(`w${i}`)).then(text));
    const streams = range(many).map((i) => all(client.stream(bytes(`s${i}`))).catch((error: Error) => error));
    await gate.until(1);
    await first.close({ drainMs: 0 });
    const told = await Promise.allSettled(answers);
    if (!terms.cannot.includes('at-least-once')) {
      expect(told.map((one) => one.status === 'fulfilled' && one.value)).toEqual(
        range(many).map((i) => `w${i} 0w${i} 1`),
      );
    }
    for (const [i, answer] of (await Promise.all(streams)).entries()) {
      if (answer instanceof Error) expect(answer).toMatchObject({ code: terms.brokenStream });
      else expect(answer).toEqual([`s${i} 0`, `s${i} 1`]);
    }
  },
} satisfies Record<string, (subject: Subject) => Promise<void>>;

/** A handler that answers in so many parts. */
function counting(parts: number) {
  return async function* (request: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < parts; i++) yield bytes(`${text(request)} ${i}`);
  };
}

async function all(parts: AsyncIterable<Uint8Array>): Promise<string[]> {
  const read: string[] = [];
  for await (const part of parts) read.push(text(part));
  return read;
}

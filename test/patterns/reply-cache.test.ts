import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerParts } from '../../patterns/parts/answer-parts.ts';
import { Kind } from '../../patterns/parts/envelope.ts';
import { ReplyCache } from '../../patterns/parts/reply-cache.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const reply = (body: Uint8Array) => ({ kind: Kind.reply, reply: body, parts: undefined });

describe('what a server remembers', () => {
  it('a transaction is under way until it was executed, and answered the same from then on', () => {
    const cache = new ReplyCache(10, 1_000_000);
    cache.begin('client', 0, 7, 42);
    expect(cache.find('client', 7)).toMatchObject({ ticket: 42 });
    cache.finish('client', 7, reply(bytes('done')));
    expect(cache.find('client', 7)).toMatchObject({ ticket: undefined, answer: reply(bytes('done')) });
    expect(cache.find('other', 7)).toBeUndefined();
  });

  it('one that was not executed is forgotten, so that it may be', () => {
    const cache = new ReplyCache(10, 1_000_000);
    cache.begin('client', 0, 7, 42);
    cache.forget('client', 7);
    expect(cache.find('client', 7)).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it('the next transaction in a slot says that the one before was settled', () => {
    const cache = new ReplyCache(10, 1_000_000);
    cache.begin('client', 3, 7, 1);
    cache.finish('client', 7, reply(bytes('7')));
    cache.begin('client', 3, 8, 2);
    expect(cache.find('client', 7)).toBeUndefined();
    expect(cache.size).toBe(1);
  });

  it('a small reply that is a view of a large batch is kept as a copy', () => {
    const cache = new ReplyCache(10, 1_000_000);
    const batch = new Uint8Array(1_000_000);
    cache.begin('client', 0, 1, 1);
    cache.finish('client', 1, reply(batch.subarray(10, 20)));
    expect(cache.find('client', 1)!.answer!.reply.buffer.byteLength).toBe(10);
  });

  it('a small reply is the cache’s own, whatever its handler does with its memory afterwards', () => {
    const cache = new ReplyCache(10, 1_000_000);
    const shared = Buffer.alloc(8, 1);
    for (const sequence of [1, 2]) {
      shared.fill(sequence);
      cache.begin('client', sequence, sequence, sequence);
      cache.finish('client', sequence, reply(shared), sequence);
      cache.begin('client', 7, 10 + sequence, sequence);
      cache.finish('client', 10 + sequence, reply(shared), 7);
    }
    const replies = [1, 2, 12].map((sequence) => cache.find('client', sequence)!.answer!.reply[0]);
    expect(replies).toEqual([1, 2, 2]);
  });

  it('one that is asked for again is found in whatever slot it comes', () => {
    const cache = new ReplyCache(1000, 1_000_000);
    const slots = [0, 1, 2, 63, 500, 1_000_000, 2 ** 32 - 1];
    for (let round = 0; round < 20; round++) {
      for (const [i, slot] of slots.entries()) {
        const sequence = round * 100 + i;
        cache.begin('client', slot, sequence, 1);
        cache.finish('client', sequence, reply(bytes(`${sequence}`)), slot);
        const before = sequence - 1 - (i === 0 ? 100 - slots.length : 0);
        for (const asked of [slot, 17, 2 ** 31]) {
          expect(cache.find('client', sequence, asked)!.answer!.reply).toEqual(bytes(`${sequence}`));
          // What had the slot a round ago is gone.
          expect(cache.find('client', sequence - 100, asked)).toBeUndefined();
          if (round > 0) expect(cache.find('client', before, asked)?.sequence).toBe(before);
        }
      }
    }
    expect(cache.size).toBe(slots.length);
  });

  it('answers are forgotten, the oldest first, when together they are too large', () => {
    const cache = new ReplyCache(10, 100);
    for (let i = 1; i <= 5; i++) {
      cache.begin('client', i, i, i);
      cache.finish('client', i, reply(new Uint8Array(40)));
    }
    expect([1, 2, 3, 4, 5].filter((i) => cache.find('client', i) !== undefined)).toEqual([4, 5]);
    expect(cache.bytes).toBe(80);
  });

  it('of an answer in more parts than it may keep it knows that it was given', () => {
    const cache = new ReplyCache(10, 100);
    const parts = new AnswerParts(50);
    for (let i = 0; i < 3; i++) parts.add(new Uint8Array(20));
    cache.begin('client', 0, 1, 1);
    cache.finish('client', 1, { kind: Kind.reply, reply: new Uint8Array(0), parts });
    expect(cache.find('client', 1)).toMatchObject({ ticket: undefined, answer: undefined });
    expect(cache.bytes).toBe(0);
  });

  it('nothing is remembered with a limit of 0', () => {
    const cache = new ReplyCache(0, 1_000_000);
    cache.begin('client', 0, 1, 1);
    cache.finish('client', 1, reply(bytes('1')));
    expect(cache.find('client', 1)).toBeUndefined();
  });

  it('whoever asks, it stays within its limit by what is not under way, and never mistakes one for another', () => {
    const ask = fc.record({ client: fc.constantFrom('a', 'b', 'c'), slot: fc.nat(5), isExecuted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(ask, { maxLength: 200 }), (asked) => {
        const limit = 6;
        const cache = new ReplyCache(limit, 1_000_000);
        let underWay = 0;
        for (const [sequence, { client, slot, isExecuted }] of asked.entries()) {
          cache.begin(client, slot, sequence, sequence);
          if (isExecuted) cache.finish(client, sequence, reply(bytes(`${client} ${sequence}`)));
          else underWay++;
          expect(cache.size).toBeLessThanOrEqual(limit + underWay);
          const found = cache.find(client, sequence, isExecuted ? slot : undefined);
          if (isExecuted && found !== undefined) expect(found.answer?.reply).toEqual(bytes(`${client} ${sequence}`));
        }
      }),
    );
  });
});

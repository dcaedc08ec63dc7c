/** Sockets that carry one transaction each, because an answer is known only by the socket that it comes by. */
import { describe, expect, test } from 'vitest';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { IdentityPool, NONE } from '../../patterns/parts/carrier.ts';
import { Kind } from '../../patterns/parts/envelope.ts';
import { ClientLaws } from './client-laws.ts';

function poolOf(size: number) {
  let next = 100;
  const open = new Set<number>();
  const pool = new IdentityPool(size, {
    open: () => {
      open.add(next);
      return next++;
    },
    close: (socket) => open.delete(socket),
  });
  return { pool, open };
}

describe('a pool of identities', () => {
  test('has room for as many as are connected', () => {
    const { pool } = poolOf(3);
    expect(pool.room).toBe(0);
    pool.linked(100, true);
    pool.linked(102, true);
    pool.linked(102, true);
    expect(pool.room).toBe(2);
    pool.linked(100, false);
    expect(pool.room).toBe(1);
    pool.take(7, 1);
    expect(pool.socketOf(7)).toBe(102);
    expect(pool.room).toBe(0);
    expect(() => pool.take(8, 2)).toThrow('no identity is idle, of 3');
  });

  test('keeps an identity that was answered, and replaces one that was given up', () => {
    const { pool, open } = poolOf(1);
    pool.linked(100, true);
    pool.take(7, 1);
    expect(pool.waitingAt(100)).toEqual({ slot: 7, sequence: 1, parts: 0 });
    pool.free(7);
    expect([...open]).toEqual([100]);
    expect(pool.waitingAt(100)).toBeUndefined();
    pool.take(8, 2);
    pool.giveUp(8);
    expect([...open]).toEqual([101]);
    expect(pool.room).toBe(0);
    pool.linked(101, true);
    expect(pool.room).toBe(1);
    pool.giveUp(8);
    expect([...open]).toEqual([101]);
  });

  test('tells which transaction went with a connection, and replaces its identity', () => {
    const { pool, open } = poolOf(2);
    pool.linked(100, true);
    pool.linked(101, true);
    pool.take(7, 1);
    expect(pool.linked(100, false)).toBe(NONE);
    expect(pool.linked(101, false)).toBe(7);
    expect([...open]).toEqual([100, 102]);
    expect(pool.linked(101, true)).toBe(NONE);
    expect(pool.room).toBe(0);
  });
});

describe('a client of bare MDP', () => {
  /** Two brokers, each with a socket of its own and one identity: sockets 0 and 1, 2 and 3. */
  function twoBrokers(): ClientLaws {
    const settings = { wire: 'plain', plainIdentities: 1 };
    const laws = new ClientLaws({ pattern: majordomo, variant: 'default', settings }, 'honest');
    laws.endpoints(['tcp://a:1', 'tcp://b:1']);
    laws.turn();
    for (const socket of [0, 1, 2, 3]) laws.linked(socket, true);
    for (const socket of [0, 2]) laws.alive(socket, true);
    laws.turn();
    expect(laws.machine.available).toBe(2);
    return laws;
  }

  test('whose identity loses its connection hands over again at once', () => {
    const laws = twoBrokers();
    laws.transact(5_000_000, 'at-least-once');
    laws.turn();
    const [first] = laws.attempts;
    laws.linked(first!.socket, false);
    laws.turn();
    expect(laws.attempts.map(({ socket }) => socket).sort()).toEqual([1, 3]);
    laws.answer(laws.attempts[1]!, Kind.reply);
    expect(laws.effects.settled.map(({ how }) => how)).toEqual(['committed']);
    laws.finish();
  });

  test('that may ask only once is told that the connection is lost', () => {
    const laws = twoBrokers();
    laws.transact(5_000_000, 'at-most-once');
    laws.turn();
    laws.linked(laws.attempts[0]!.socket, false);
    expect(laws.effects.settled.map(({ how }) => how)).toEqual(['disconnected']);
    laws.finish();
  });

  test('that loses the broker’s own connection still takes what comes by its identities', () => {
    const laws = twoBrokers();
    laws.transact(5_000_000, 'at-least-once');
    laws.turn();
    const [first] = laws.attempts;
    laws.linked(first!.socket - 1, false);
    laws.turn();
    expect(laws.machine.available).toBe(1);
    expect(laws.attempts).toHaveLength(1);
    laws.answer(first!, Kind.reply);
    expect(laws.effects.settled.map(({ how }) => how)).toEqual(['committed']);
    laws.finish();
  });

  test('hands what a silent broker has to another, and closes the socket that a late reply would come by', () => {
    const laws = twoBrokers();
    laws.transact(5_000_000, 'at-least-once');
    laws.turn();
    const [first] = laws.attempts;
    const other = first!.socket === 1 ? 2 : 0;
    for (let i = 0; i < 80 && laws.attempts.length < 2; i++) {
      laws.pass(20_000);
      laws.alive(other, true);
      laws.turn();
    }
    expect(laws.attempts.map(({ socket }) => socket).sort()).toEqual([1, 3]);
    expect(laws.effects.closed).toContain(first!.socket);
    laws.answer(laws.attempts[1]!, Kind.reply);
    laws.finish();
  });
});

/** The laws of the waiting room: limits hold, clients take turns, nothing is lost from it or counted twice. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Queue, WaitingRoom, type Waits } from '../../patterns/majordomo/waiting.ts';

interface Item extends Waits<Item> {
  readonly name: number;
}

const limits = { queue: 6, total: 10, bytes: 60 };
const clients = ['a', 'b', 'c'];

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      queue: fc.nat(2),
      client: fc.constantFrom(...clients),
      count: fc.integer({ min: 1, max: 4 }),
      bytes: fc.integer({ min: 1, max: 12 }),
      deadline: fc.nat(100),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const), queue: fc.nat(2) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('take' as const), queue: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), queue: fc.nat(2), now: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('gone' as const), client: fc.constantFrom(...clients) }) },
);

test('limits hold, clients take turns, and nothing is lost or counted twice', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const room = new WaitingRoom<Item>(limits);
      const queues = [new Queue<Item>(), new Queue<Item>(), new Queue<Item>()];
      const inside = queues.map(() => new Set<Item>());
      const returned = new Set<Item>();
      let lastTaken: Item | undefined;
      let name = 0;
      const leave = (queue: number, item: Item) => {
        expect(inside[queue]!.delete(item)).toBe(true);
        returned.delete(item);
      };
      for (const one of steps) {
        if (one.do === 'add') {
          const item: Item = {
            name: name++,
            clientKey: one.client,
            count: one.count,
            bytes: one.bytes,
            deadline: one.deadline,
            next: undefined,
            previous: undefined,
          };
          const isLonely = room.size === 0 && queues.every((queue) => queue.size === 0);
          const fits = room.fits(queues[one.queue]!, one.client, one.count, one.bytes);
          const isTaken = room.add(queues[one.queue]!, item);
          expect(isTaken).toBe(fits);
          if (isTaken) inside[one.queue]!.add(item);
          if (isLonely) expect(isTaken).toBe(item.count <= limits.queue / 2);
        } else if (one.do === 'again' && lastTaken !== undefined) {
          room.addAgain(queues[one.queue]!, lastTaken);
          inside[one.queue]!.add(lastTaken);
          returned.add(lastTaken);
          lastTaken = undefined;
        } else if (one.do === 'take') {
          const waiting = [...inside[one.queue]!];
          const item = room.take(queues[one.queue]!);
          expect(item === undefined).toBe(waiting.length === 0);
          if (item === undefined) continue;
          // Those that came back are first; otherwise a client's own come in order.
          const isAgain = returned.has(item);
          expect(isAgain).toBe(waiting.some((other) => returned.has(other)));
          const own = waiting.filter((other) => other.clientKey === item.clientKey && !returned.has(other));
          if (!isAgain) expect(Math.min(...own.map((other) => other.name))).toBe(item.name);
          leave(one.queue, item);
          lastTaken = item;
        } else if (one.do === 'expire') {
          for (const item of room.takeExpired(one.now, queues[one.queue]!)) {
            expect(item.deadline).toBeLessThanOrEqual(one.now);
            leave(one.queue, item);
          }
          for (const item of inside[one.queue]!) expect(item.deadline).toBeGreaterThan(one.now);
        } else if (one.do === 'gone') {
          for (const item of room.takeClient(one.client)) {
            leave(
              inside.findIndex((set) => set.has(item)),
              item,
            );
          }
          for (const set of inside) {
            for (const item of set) if (!returned.has(item)) expect(item.clientKey).not.toBe(one.client);
          }
        }
        const all = inside.flatMap((set) => [...set]);
        expect(room.size).toBe(countOf(all));
        expect(room.bytes).toBe(all.reduce((bytes, item) => bytes + item.bytes, 0));
        for (const [i, queue] of queues.entries()) {
          expect(queue.size).toBe(countOf([...inside[i]!]));
          expect(countOf([...inside[i]!].filter((item) => !returned.has(item)))).toBeLessThanOrEqual(limits.queue);
        }
      }
    }),
    { numRuns: 400 },
  );
});

test('no client fills a queue: there is room for a newcomer, however many ask', () => {
  const room = new WaitingRoom<Item>({ queue: 64, total: 1000, bytes: 1e9 });
  const queue = new Queue<Item>();
  const ask = (clientKey: string, count = 1) =>
    room.add(queue, { name: 0, clientKey, count, bytes: 1, deadline: 1, next: undefined, previous: undefined });
  for (const client of ['a', 'b', 'c', 'd', 'e']) {
    expect(ask(client)).toBe(true);
    // One that asks for much at once gets no more than one that asks often.
    for (let count = 64; count > 0; count--) while (ask(client, count));
    if (client === 'a') expect(queue.size).toBe(32);
  }
  expect(queue.size).toBeLessThan(64);
  expect(ask('f')).toBe(true);
});

function countOf(items: readonly Item[]): number {
  return items.reduce((count, item) => count + item.count, 0);
}

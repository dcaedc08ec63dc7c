/** Listening: who is told, in what order, and that nothing is made where nobody listens. */
import { afterEach, expect, test } from 'vitest';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { type Client, type ClientEvents, connect } from '../../patterns/index.ts';
import type { Effects } from '../../patterns/machine.ts';

let effects: Effects;
const clients: Client[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

/** A client whose machine's effects the test holds. */
async function listenedTo(): Promise<Client> {
  const spied: typeof freelance = {
    ...freelance,
    client(setup, given) {
      effects = given;
      return freelance.client(setup, given);
    },
  };
  const client = await connect(spied, { endpoints: 'tcp://127.0.0.1:1', clientId: 'shop' });
  clients.push(client);
  return client;
}

/** Makes the machine note something, and waits until that turn is over. */
async function note(kind: string, details: Record<string, string | number> = {}): Promise<void> {
  effects.note?.({ kind, ...details });
  // Whatever the client does next ends the turn.
  await expect(clients[0]!.transact(new Uint8Array(0), { signal: AbortSignal.timeout(1) })).rejects.toThrow();
}

test('a machine has nobody to note anything to until the first listener comes, and after the last has gone', async () => {
  const client = await listenedTo();
  const [one, other] = [() => undefined, () => undefined];
  expect(effects.note).toBeUndefined();
  client.on('retried', one).on('peer-up', other);
  expect(effects.note).toBeTypeOf('function');
  client.off('retried', one).off('retried', one);
  expect(effects.note).toBeTypeOf('function');
  client.off('peer-up', other);
  expect(effects.note).toBeUndefined();
  client.once('retried', one);
  await note('retried', { sequence: 1 });
  expect(effects.note).toBeUndefined();
});

test('an event names its transaction as its caller does, and only listeners to its kind are told', async () => {
  const client = await listenedTo();
  const heard: unknown[] = [];
  client.on('retried', (event) => heard.push(event));
  await note('retried', { sequence: 41, attempt: 2, peer: 'tcp://a:1' });
  await note('late-reply', { client: 'other', sequence: 7 });
  expect(heard).toEqual([{ kind: 'retried', id: 'shop:41', attempt: 2, peer: 'tcp://a:1' }]);
  client.on('late-reply', (event) => heard.push(event));
  await note('late-reply', { client: 'other', sequence: 7 });
  expect(heard[1]).toEqual({ kind: 'late-reply', id: 'other:7' });
});

test('a listener stands once under a kind, `once` hears one, and one that leaves hears nothing', async () => {
  const client = await listenedTo();
  const heard: string[] = [];
  const always = () => void heard.push('always');
  const first = () => void heard.push('first');
  const leaver = () => void heard.push('leaver');
  client.on('retried', always).on('retried', always).once('retried', first).on('retried', leaver);
  await note('retried', { sequence: 1 });
  client.off('retried', leaver);
  await note('retried', { sequence: 2 });
  expect(heard).toEqual(['always', 'first', 'leaver', 'always']);
});

test('a listener is called when the machine is done with its input, so it may ask for more', async () => {
  const client = await listenedTo();
  const order: string[] = [];
  client.on('retried', () => {
    order.push('told');
    client.transact(new Uint8Array(0), { timeoutMs: 1 }).catch(() => undefined);
    client.off('retried', noop);
    expect(client.stats().transactions).toBeGreaterThan(0);
  });
  const noop = (_event: ClientEvents['retried']) => undefined;
  client.on('retried', noop);
  effects.note?.({ kind: 'retried', sequence: 1 });
  order.push('noted');
  await note('peer-up');
  expect(order).toEqual(['noted', 'told']);
});

/** Our workers behind a broker of another make: a raw ROUTER that says what the test has it say. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import * as zmq from 'zeromq';
import { serve } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { Gate } from '../contract/world.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const [ready, request, final, heartbeat, disconnect] = ['\x01', '\x02', '\x04', '\x05', '\x06'] as const;

test('a request that a worker does not execute is given back: it goes, and another comes in its place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'privateer-'));
  const endpoint = `ipc://${folder}/broker`;
  const broker = new zmq.Router({ linger: 0, receiveTimeout: 10_000 });
  await broker.bind(endpoint);
  const gate = new Gate();
  const server = await serve(
    majordomo,
    { connect: endpoint, service: 'echo', mdp: '0.2', concurrency: 2, queueLimit: 1 },
    gate.handler,
  );
  cleanups.push(() => {
    broker.close();
    rmSync(folder, { recursive: true, force: true });
  });
  cleanups.push(() => server.close({ drainMs: 0 }));
  const next = async (command: string) => {
    for (;;) {
      const [id, header, said, ...rest] = await broker.receive();
      expect(header!.toString()).toBe('MDPW02');
      if (said!.toString() === heartbeat) continue;
      expect(said!.toString()).toBe(command);
      return { id: id!, rest: rest.map((frame) => frame.toString()) };
    }
  };
  const ask = (id: Buffer, body: string) => broker.send([id, 'MDPW02', request, 'client', '', body]);

  const first = await next(ready);
  await ask(first.id, 'taken');
  await gate.until(1);
  const second = await next(ready);
  await ask(second.id, 'one too many');
  // Not an empty reply, which the client would take for one.
  expect((await next(disconnect)).id.equals(second.id)).toBe(true);
  const third = await next(ready);
  expect(third.id.equals(second.id)).toBe(false);
  gate.open();
  expect(await next(final)).toEqual({ id: first.id, rest: ['client', '', 'taken'] });
  await ask(third.id, 'again');
  expect(await next(final)).toEqual({ id: third.id, rest: ['client', '', 'again'] });
  expect(gate.begun).toBe(2);
});

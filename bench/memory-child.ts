/** The entry of the question of memory: makes so many transactions pending, and says what they take. */

import { endWithParent } from '../harness/worlds/processes/end-with-parent.ts';
import { freePorts } from '../harness/worlds/processes/ports.ts';
import { freelance } from '../patterns/freelance/pattern.ts';
import { connect, serve, start } from '../patterns/index.ts';
import { majordomo } from '../patterns/majordomo/pattern.ts';
import type { AnyPattern } from '../patterns/pattern.ts';
import type { Footprint } from './memory.ts';

const pattern: AnyPattern = process.argv[2] === 'freelance' ? freelance : majordomo;
const count = Number(process.argv[3]);
const slice = 10_000;

endWithParent();
process.on('SIGINT', () => undefined);
try {
  const footprint = await measured();
  process.send!(footprint);
} catch (error) {
  process.send!({ failed: (error as Error).message });
}

async function measured(): Promise<Footprint> {
  const [port] = await freePorts(1);
  const endpoint = `tcp://127.0.0.1:${port}`;
  if (pattern === freelance) await serve(freelance, { bind: endpoint }, never);
  else {
    await start(majordomo, 'broker', { bind: endpoint });
    await serve(majordomo, { connect: endpoint }, never);
  }
  const client = await connect(pattern, { endpoints: endpoint, pendingLimit: 4_194_304, timeoutMs: 3_600_000 });
  await client.ready();
  const request = new Uint8Array(64);
  const kept: (Promise<unknown> | undefined)[] = new Array(count).fill(undefined);
  const promiseBytes = await taken(() => fill(kept, () => new Promise(() => undefined)));
  kept.fill(undefined);
  const bytes = await taken(() => fill(kept, () => client.transact(request)));
  const { pending } = client.stats();
  if (pending !== count) throw new Error(`${pending} of ${count} are pending`);
  return { bytes: bytes / count, promiseBytes: promiseBytes / count };
}

/** In slices, so that what is due meanwhile is done, and heartbeats answered. */
async function fill(kept: (Promise<unknown> | undefined)[], make: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < kept.length; ) {
    for (const until = Math.min(i + slice, kept.length); i < until; i++) kept[i] = make();
    await turn();
  }
}

async function taken(make: () => Promise<void>): Promise<number> {
  const before = await inUse();
  await make();
  return (await inUse()) - before;
}

async function inUse(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    global.gc!();
    await turn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

// A host's name that comes to mean another address while everything runs. Sees a hosts file of its own: see names.test.ts.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, serve, start } from '../../dist/patterns/index.js';
import { listenerOf } from '../../dist/patterns/pattern.js';

const { patternUrl, variant, port } = JSON.parse(process.argv[2]);
const pattern = Object.values(await import(patternUrl)).find((one) => typeof one === 'object' && 'variants' in one);
const listener = listenerOf(pattern, pattern.variants[variant]);
const name = 'moved.privateer.test';
const own = listener === 'client' ? { slots: 1 } : {};

function at(address) {
  writeFileSync('/etc/hosts', `127.0.0.1 localhost\n${address} ${name}\n`);
  return `tcp://${address}:${port}`;
}

function listen(endpoint) {
  if (listener === 'server') return serve(pattern, { variant, bind: endpoint }, (request) => request);
  if (listener === 'broker') return start(pattern, 'broker', { variant, bind: endpoint });
  return connect(pattern, { variant, ...own, bind: endpoint });
}

const named = `tcp://${name}:${port}`;
const first = await listen(at('127.0.0.2'));
const callers = [];
if (listener !== 'server') callers.push(await serve(pattern, { variant, connect: named }, (request) => request));
if (listener !== 'client') callers.push(await connect(pattern, { variant, endpoints: named }));

async function transact(listening) {
  const client = listener === 'client' ? listening : callers.at(-1);
  await client.ready({ timeoutMs: 15_000 });
  await client.transact(Buffer.from('x'), { timeoutMs: 5000 });
}

/** Until then a client takes the first for ready, and what it sends there may be lost with the connection. */
async function seenGone() {
  if (listener === 'client') return;
  while (callers.at(-1).stats().peersDisconnected === 0) await sleep(5);
}

await transact(first);
await first.close({ drainMs: 0 });
await seenGone();
const second = await listen(at('127.0.0.3'));
await transact(second);
for (const one of [...callers, second]) await one.close({ drainMs: 0 });
process.stdout.write('found again\n');

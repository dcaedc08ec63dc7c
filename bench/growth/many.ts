/** Many clients, or many servers, in one process: ours as a user would write them, and bare sockets. */
import { context, Dealer } from 'zeromq';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { type Client, connect, serve } from '../../patterns/index.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { askInLanes, Correlation, type Transact } from '../throughput/lanes.ts';
import { askClient } from '../throughput/patterns.ts';
import type { Asker, Block } from '../throughput/peer.ts';
import { serveRouter, unbounded } from '../throughput/raw.ts';

/** Every client takes an equal share of the window. */
export async function askByMany(pattern: AnyPattern, endpoint: string, count: number): Promise<Asker> {
  makeRoom(count);
  const clients = await Promise.all(Array.from({ length: count }, () => connect(pattern, { endpoints: endpoint })));
  await allReady(clients, 1);
  return (window, forMs) => together(clients.map((client) => askClient(client, window / count, forMs)));
}

/** The same of bare sockets. */
export async function askByDealers(endpoint: string, count: number): Promise<Asker> {
  makeRoom(count);
  const dealers = Array.from({ length: count }, () => dealing([endpoint]));
  return (window, forMs) =>
    together(dealers.map((transact) => askInLanes(transact, { window: window / count, forMs })));
}

/** One client of many servers. */
export async function askMany(endpoints: readonly string[]): Promise<Asker> {
  makeRoom(endpoints.length);
  const client = await connect(freelance, { endpoints });
  await allReady([client], endpoints.length);
  return (window, forMs) => askClient(client, window, forMs);
}

/** One DEALER connected to all, which takes turns by itself. */
export async function askRouters(endpoints: readonly string[]): Promise<Asker> {
  const transact = dealing(endpoints);
  return (window, forMs) => askInLanes(transact, { window, forMs });
}

export async function serveMany(endpoints: readonly string[]): Promise<void> {
  makeRoom(endpoints.length);
  await Promise.all(endpoints.map((bind) => serve(freelance, { bind }, (request) => request)));
}

export async function serveRouters(endpoints: readonly string[]): Promise<void> {
  makeRoom(endpoints.length);
  await Promise.all(endpoints.map(serveRouter));
}

/** A DEALER, and which of its requests each reply belongs to. */
function dealing(endpoints: readonly string[]): Transact {
  const dealer = new Dealer({ sendTimeout: 0, linger: 0, ...unbounded });
  for (const endpoint of endpoints) dealer.connect(endpoint);
  const correlation = new Correlation();
  void receive(dealer, correlation);
  return (request) => {
    const reply = correlation.reply(request);
    void dealer.send(request);
    return reply;
  };
}

async function receive(dealer: Dealer, correlation: Correlation): Promise<void> {
  for await (const [reply] of dealer) if (reply !== undefined) correlation.received(reply);
}

async function together(asked: readonly Promise<Block>[]): Promise<Block> {
  const blocks = await Promise.all(asked);
  const sum = (figure: 'committed' | 'failed') => blocks.reduce((total, block) => total + block[figure], 0);
  return {
    committed: sum('committed'),
    failed: sum('failed'),
    elapsedMs: Math.max(...blocks.map(({ elapsedMs }) => elapsedMs)),
  };
}

async function allReady(clients: readonly Client[], servers: number): Promise<void> {
  await Promise.all(clients.map((client) => client.ready({ servers, timeoutMs: patienceMs })));
}

/** libzmq has a thousand sockets for a process by default, and a monitored one is three. */
function makeRoom(count: number): void {
  context.maxSockets = Math.max(context.maxSockets, 4 * count + 64);
}

const patienceMs = 30_000;

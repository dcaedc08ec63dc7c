/** Many workers of 18/MDP 0.2, each a DEALER of its own, and the client that asks them: as the RFC says, and no more. */
import { context, Dealer } from 'zeromq';
import { start } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { ascii } from '../../patterns/parts/bytes.ts';
import { askInLanes, Correlation } from '../throughput/lanes.ts';
import type { Asker } from '../throughput/peer.ts';

/** A broker with room for them, and heartbeats as they are by default. */
export async function startBrokerOfMany(endpoint: string): Promise<void> {
  await start(majordomo, 'broker', { bind: endpoint, workersLimit: 16_384 });
}

/** Resolves once all have said READY. Each answers with what it was sent, and beats its heart. */
export async function startWorkers(endpoint: string, count: number): Promise<void> {
  context.maxSockets = count + 16;
  for (let i = 0; i < count; i++) await startWorker(endpoint, i / count);
}

async function startWorker(endpoint: string, phase: number): Promise<void> {
  const dealer = new Dealer(options);
  dealer.connect(endpoint);
  await dealer.send([workerHeader, ready, service]);
  void work(dealer);
  // All in one moment would be a load of its own.
  setTimeout(() => {
    setInterval(() => void dealer.send([workerHeader, heartbeat]), heartbeatIntervalMs);
  }, phase * heartbeatIntervalMs);
}

async function work(dealer: Dealer): Promise<void> {
  for await (const [, command, client, empty, body] of dealer) {
    if (command?.[0] === request[0]) void dealer.send([workerHeader, final, client!, empty!, body!]);
    else if (command?.[0] === disconnect[0]) throw new Error('the broker disconnected a worker');
  }
}

/** One DEALER with any number of requests in flight. A number in each tells which a reply belongs to. */
export async function askBroker(endpoint: string): Promise<Asker> {
  const dealer = new Dealer(options);
  dealer.connect(endpoint);
  const correlation = new Correlation();
  void (async () => {
    for await (const [, , , body] of dealer) if (body !== undefined) correlation.received(body);
  })();
  const transact = (payload: Buffer) => {
    const reply = correlation.reply(payload);
    void dealer.send([clientHeader, clientRequest, service, payload]);
    return reply;
  };
  return (window, forMs) => askInLanes(transact, { window, forMs });
}

const options = { sendTimeout: 0, linger: 0 };
const heartbeatIntervalMs = 2500;
const [clientHeader, workerHeader, service] = [ascii('MDPC02'), ascii('MDPW02'), ascii('default')];
const clientRequest = Buffer.from([1]);
const [ready, request, final, heartbeat, disconnect] = [1, 2, 4, 5, 6].map((command) => Buffer.from([command])) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];

/**
 * What Majordomo is measured by: client, broker, worker and back, with as many frames on each way as its wire has, through
 * two ROUTERs and a loop in plain JavaScript. It promises nothing, and knows its one worker by heart.
 */
import { Dealer, Router } from 'zeromq';
import { payloadBytes } from '../throughput/lanes.ts';
import type { Asker } from '../throughput/peer.ts';
import { unbounded } from '../throughput/raw.ts';

/** `header command service body` from a client; with its address and an empty frame in place of the service to a worker. */
export async function serveHops(endpoint: string, backEndpoint: string): Promise<void> {
  const [front, back] = [new Router(options), new Router(options)];
  await front.bind(endpoint);
  await back.bind(backEndpoint);
  void forward(front, back);
  void backward(back, front);
}

async function forward(front: Router, back: Router): Promise<void> {
  for await (const [client, , , , body] of front) {
    void back.send([worker, workerHeader, request, client!, empty, body!]);
  }
}

async function backward(back: Router, front: Router): Promise<void> {
  for await (const [, , , client, , body] of back) {
    void front.send([client!, clientHeader, reply, service, body!]);
  }
}

export async function serveHop(backEndpoint: string): Promise<void> {
  const dealer = new Dealer({ ...options, routingId: worker.toString() });
  dealer.connect(backEndpoint);
  void echo(dealer);
}

async function echo(dealer: Dealer): Promise<void> {
  for await (const [header, , client, delimiter, body] of dealer) {
    void dealer.send([header!, reply, client!, delimiter!, body!]);
  }
}

/** A number in the payload tells which request a reply belongs to. */
export function askOverHops(endpoint: string): Asker {
  const dealer = new Dealer(options);
  dealer.connect(endpoint);
  const payload = Buffer.alloc(payloadBytes);
  let sent = 0;
  return async (window, forMs) => {
    const waiting = new Set<number>();
    const send = () => {
      payload.writeUInt32LE(++sent, 0);
      waiting.add(sent);
      void dealer.send([clientHeader, request, service, payload]);
    };
    const began = performance.now();
    let committed = 0;
    for (let i = 0; i < window; i++) send();
    while (waiting.size > 0) {
      const [, , , body] = await dealer.receive();
      if (body === undefined || !waiting.delete(body.readUInt32LE(0))) continue;
      committed++;
      if (performance.now() - began < forMs) send();
    }
    return { committed, failed: 0, elapsedMs: performance.now() - began };
  };
}

const options = { sendTimeout: 0, linger: 0, ...unbounded };
const worker = Buffer.from('worker');
const [clientHeader, workerHeader, service] = [Buffer.from('MDPC02'), Buffer.from('MDPW02'), Buffer.from('default')];
const [request, reply, empty] = [Buffer.from([2]), Buffer.from([4]), Buffer.alloc(0)];

/** Sockets with nothing around them: what the patterns' promises are paid on top of. */
import { Dealer, Reply, Request, Router } from 'zeromq';
import { askInLanes, payloadBytes, type Transact } from './lanes.ts';
import { offered } from './offer.ts';
import type { Asker, Tasks } from './peer.ts';

export async function serveRouter(endpoint: string): Promise<void> {
  const router = new Router({ sendTimeout: 0, linger: 0, ...unbounded });
  await router.bind(endpoint);
  void echo(router);
}

async function echo(router: Router): Promise<void> {
  for await (const frames of router) void router.send(frames);
}

export async function serveReply(endpoint: string): Promise<void> {
  const reply = new Reply({ linger: 0 });
  await reply.bind(endpoint);
  void answer(reply);
}

async function answer(reply: Reply): Promise<void> {
  for await (const frames of reply) await reply.send(frames);
}

/** One message a transaction; a number in its payload tells which request a reply belongs to. */
export function askDealer(endpoint: string): Asker {
  const dealer = opened(endpoint);
  const ordered = inOrder(endpoint);
  // It may be used again at once: frames this small are copied.
  const request = Buffer.alloc(payloadBytes);
  let sent = 0;
  return async (window, forMs, bytes = payloadBytes) => {
    if (bytes !== payloadBytes) return askInLanes(ordered, { window, forMs, bytes });
    const waiting = new Set<number>();
    const send = () => {
      request.writeUInt32LE(++sent, 0);
      waiting.add(sent);
      void dealer.send(request);
    };
    const began = performance.now();
    let committed = 0;
    for (let i = 0; i < window; i++) send();
    while (waiting.size > 0) {
      const [reply] = await dealer.receive();
      if (reply === undefined || !waiting.delete(reply.readUInt32LE(0))) continue;
      committed++;
      if (performance.now() - began < forMs) send();
    }
    return { committed, failed: 0, elapsedMs: performance.now() - began };
  };
}

/** What is due goes out when it is due. */
export function offerToDealer(endpoint: string): Required<Tasks>['offer'] {
  const ordered = inOrder(endpoint);
  return (given) => offered(ordered, given);
}

/**
 * Payloads of any length: larger ones are sent by reference, so whoever asks has a buffer for each, and those of no
 * length have no number in them; but one pair of sockets keeps its messages in order.
 */
function inOrder(endpoint: string): Transact {
  const waiting: ((reply: Uint8Array) => void)[] = [];
  let answered = 0;
  let dealer: Dealer | undefined;
  const receive = async (socket: Dealer) => {
    for await (const [reply] of socket) {
      waiting[answered++]!(reply!);
      if (answered === waiting.length) answered = waiting.length = 0;
    }
  };
  return (request) => {
    if (dealer === undefined) {
      dealer = opened(endpoint);
      void receive(dealer);
    }
    void dealer.send(request);
    return new Promise((resolve) => waiting.push(resolve));
  };
}

export function opened(endpoint: string): Dealer {
  // Without a timeout of 0, the second send of a turn is refused as busy.
  const dealer = new Dealer({ sendTimeout: 0, linger: 0, immediate: false, ...unbounded });
  dealer.connect(endpoint);
  return dealer;
}

/** In lock-step: send, receive. */
export function askRequest(endpoint: string): Asker {
  const socket = new Request({ linger: 0 });
  socket.connect(endpoint);
  const request = Buffer.alloc(payloadBytes);
  let sent = 0;
  return async (_window, forMs) => {
    const began = performance.now();
    let committed = 0;
    while (performance.now() - began < forMs) {
      request.writeUInt32LE(++sent, 0);
      await socket.send(request);
      const [reply] = await socket.receive();
      if (reply?.readUInt32LE(0) !== sent) throw new Error('a reply is not its request’s echo');
      committed++;
    }
    return { committed, failed: 0, elapsedMs: performance.now() - began };
  };
}

/** A ROUTER drops what stands above the mark, and a window may be larger than its default of 1000. */
export const unbounded = { sendHighWaterMark: 0, receiveHighWaterMark: 0 };

/**
 * Requests and replies as Redis lists. Documentation advises: ioredis's `enableAutoPipelining`, which sends all commands
 * of a turn at once; Redis, a connection of its own for each blocking command, one command with many elements over many
 * with one (so a reader takes all there are with BLMPOP … COUNT, and pushes its replies together), and no persistence
 * where none is needed.
 */
import { Redis } from 'ioredis';
import { Correlation } from '../throughput/lanes.ts';
import type { Peer } from './peer.ts';

export const redisLists: Peer = {
  async serve(port) {
    const [blocking, other] = [connection(port), connection(port)];
    void forEachBatch(blocking, requests, (batch) => void other.rpush(replies, ...batch));
  },
  async connect(port) {
    const [blocking, other] = [connection(port), connection(port)];
    const correlation = new Correlation();
    void forEachBatch(blocking, replies, (batch) => {
      for (const reply of batch) correlation.received(reply);
    });
    let turn: Uint8Array[] = [];
    const push = () => {
      void other.rpush(requests, ...(turn as Buffer[]));
      turn = [];
    };
    return (request) => {
      const reply = correlation.reply(request);
      if (turn.push(request) === 1) process.nextTick(push);
      return reply;
    };
  },
};

async function forEachBatch(blocking: Redis, list: string, take: (batch: Buffer[]) => void): Promise<never> {
  for (;;) {
    const popped = await blocking.blmpopBuffer(0, 1, list, 'LEFT', 'COUNT', batchMax);
    if (popped !== null) take(popped[1]);
  }
}

function connection(port: number): Redis {
  return new Redis({ host: '127.0.0.1', port, noDelay: true, enableAutoPipelining: true });
}

const [requests, replies] = ['requests', 'replies'];
const batchMax = 1024;

/**
 * Requests and replies as Redis streams. Documentation advises: ioredis's `enableAutoPipelining`; Redis, a connection of
 * its own for each blocking read, a COUNT so that one read takes all there are, a consumer group for those who share work
 * and NOACK where a lost message may be lost, and to trim approximately (MAXLEN ~), which costs next to nothing.
 */
import { Redis } from 'ioredis';
import { Correlation } from '../throughput/lanes.ts';
import type { Peer } from './peer.ts';

export const redisStreams: Peer = {
  async serve(port) {
    const [blocking, other] = [connection(port), connection(port)];
    await other.xgroup('CREATE', requests, 'echoes', '0', 'MKSTREAM');
    void forEachRequest(blocking, (payload) => void other.xadd(replies, 'MAXLEN', '~', lengthMax, '*', 'p', payload));
  },
  async connect(port) {
    const [blocking, other] = [connection(port), connection(port)];
    const correlation = new Correlation();
    void forEachReply(blocking, (payload) => correlation.received(payload));
    return (request) => {
      const reply = correlation.reply(request);
      void other.xadd(requests, 'MAXLEN', '~', lengthMax, '*', 'p', request);
      return reply;
    };
  },
};

async function forEachRequest(blocking: Redis, take: (payload: Buffer) => void): Promise<never> {
  const [group, consumer] = ['echoes', 'one'];
  for (;;) {
    const read = await blocking.xreadgroupBuffer(
      ...(['GROUP', group, consumer, 'COUNT', batchMax, 'BLOCK', 0, 'NOACK', 'STREAMS', requests, '>'] as const),
    );
    for (const [, fields] of entriesOf(read)) take(fields[1]!);
  }
}

async function forEachReply(blocking: Redis, take: (payload: Buffer) => void): Promise<never> {
  let last: Buffer | string = '0';
  for (;;) {
    const read: unknown = await blocking.xreadBuffer('COUNT', batchMax, 'BLOCK', 0, 'STREAMS', replies, last);
    for (const [id, fields] of entriesOf(read)) {
      last = id;
      take(fields[1]!);
    }
  }
}

type Entry = [id: Buffer, fields: Buffer[]];

/** Of the one stream that was read. */
function entriesOf(read: unknown): Entry[] {
  return (read as [Buffer, Entry[]][] | null)?.[0]?.[1] ?? [];
}

function connection(port: number): Redis {
  return new Redis({ host: '127.0.0.1', port, noDelay: true, enableAutoPipelining: true });
}

const [requests, replies] = ['requests', 'replies'];
const batchMax = 1024;
/** Far more than any window, so that nothing unread is ever trimmed. */
const lengthMax = 100_000;

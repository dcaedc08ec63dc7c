/**
 * Requests and replies as beanstalkd's tubes. Its protocol advises nothing on speed but that a connection which waits in
 * `reserve` does nothing else; so putting and reserving have a connection each. The clients of the registry that are kept
 * up do not survive several reserves in flight on a connection; this one speaks the few commands that are needed, pipelines
 * all of them, and writes those of one turn at once.
 */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { Correlation } from '../throughput/lanes.ts';
import type { Peer } from './peer.ts';

export const beanstalkd: Peer = {
  async serve(port) {
    const putter = new Putter(await connectedTo(port), 'replies');
    reserveAll(await connectedTo(port), 'requests', (body) => putter.put(body));
  },
  async connect(port) {
    const putter = new Putter(await connectedTo(port), 'requests');
    const correlation = new Correlation();
    reserveAll(await connectedTo(port), 'replies', (body) => correlation.received(body));
    return (request) => {
      const reply = correlation.reply(request);
      putter.put(request);
      return reply;
    };
  },
};

/** Puts into one tube. What it is answered is read away, unless it was refused. */
class Putter {
  readonly #writer: Writer;

  constructor(socket: Socket, tube: string) {
    this.#writer = new Writer(socket);
    this.#writer.write(Buffer.from(`use ${tube}\r\n`));
    socket.on('data', (answers: Buffer) => {
      if (refusal.test(answers.toString('latin1'))) throw new Error('beanstalkd refused a job');
    });
  }

  put(body: Buffer): void {
    // 0: no priority, no delay.
    this.#writer.write(Buffer.concat([Buffer.from(`put 0 0 ${timeToRunSec} ${body.length}\r\n`), body, lineEnd]));
  }
}

/** Keeps several reserves in flight, and deletes every job it is given. */
function reserveAll(socket: Socket, tube: string, take: (body: Buffer) => void): void {
  const writer = new Writer(socket);
  let unread: Buffer = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    unread = unread.length === 0 ? bytes : Buffer.concat([unread, bytes]);
    for (;;) {
      const end = unread.indexOf(lineEnd);
      if (end < 0) return;
      const [answer, id, length] = unread.toString('latin1', 0, end).split(' ');
      const from = end + lineEnd.length;
      if (answer !== 'RESERVED') {
        if (answer !== 'DELETED' && answer !== 'WATCHING') throw new Error(`beanstalkd says ${answer}`);
        unread = unread.subarray(from);
        continue;
      }
      const until = from + Number(length);
      if (unread.length < until + lineEnd.length) return;
      take(unread.subarray(from, until));
      writer.write(Buffer.from(`delete ${id}\r\nreserve\r\n`));
      unread = unread.subarray(until + lineEnd.length);
    }
  });
  writer.write(Buffer.from(`watch ${tube}\r\nignore default\r\n${'reserve\r\n'.repeat(reservesInFlight)}`));
}

/** Everything of one turn in one write. */
class Writer {
  readonly #socket: Socket;
  #pending: Buffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  write(bytes: Buffer): void {
    this.#pending.push(bytes);
    if (this.#pending.length > 1) return;
    queueMicrotask(() => {
      this.#socket.write(Buffer.concat(this.#pending));
      this.#pending = [];
    });
  }
}

async function connectedTo(port: number): Promise<Socket> {
  const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

const refusal = /ERROR|FORMAT|BIG|MEMORY|DRAINING|BURIED/;
const lineEnd = Buffer.from('\r\n');
/** A delete waits behind the reserves before it; jobs must not come back by then. */
const timeToRunSec = 86_400;
const reservesInFlight = 64;

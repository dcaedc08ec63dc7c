/** Ports on loopback for those that listen in a run: this process's alone, and below the range that outgoing connections get. */
import { createServer } from 'node:net';

/**
 * Two harnesses that look for free ports at the same moment would find the same, and the port of a server that is dead
 * just now is free, and taken all the same. So a process takes ports by the block, and holds each block for as long as it
 * lives by listening on its first port. They are given in turn: one that comes again does so as late as can be.
 *
 * A client that calls a dead server on a port of the range for outgoing connections may be given the very port it calls,
 * connects to itself, and keeps the server from ever binding again. So blocks lie below that range.
 * @throws {Error} when all blocks are held by others.
 */
export async function freePorts(count: number): Promise<number[]> {
  const most = blocksMax * (blockSize - 1);
  if (count > most) throw new Error(`${count} free ports are more than a process gets, which are ${most}`);
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = await nextPort();
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

/** The same as endpoints. */
export async function freeEndpoints(count: number): Promise<string[]> {
  return (await freePorts(count)).map((port) => `tcp://127.0.0.1:${port}`);
}

export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function nextPort(): Promise<number> {
  if (fresh.length === 0 && blocks.size < blocksMax) await takeBlock();
  const port = (fresh.shift() ?? given.shift())!;
  given.push(port);
  return port;
}

async function takeBlock(): Promise<void> {
  const first = Math.floor(Math.random() * blockCount);
  for (let n = 0; n < blockCount; n++) {
    const block = portMin + ((first + n) % blockCount) * blockSize;
    if (!(await holds(block))) continue;
    blocks.add(block);
    for (let port = block + 1; port < block + blockSize; port++) fresh.push(port);
    return;
  }
  throw new Error(`all ports from ${portMin} to ${portMin + blockCount * blockSize} are held by others`);
}

/** Until this process ends, however it does. */
function holds(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true));
    server.unref();
  });
}

const portMin = 10_000;
const blockSize = 50;
const blockCount = 440;
/** Of one process. */
const blocksMax = 16;
const blocks = new Set<number>();
const fresh: number[] = [];
/** The longest ago first. */
const given: number[] = [];

/** Free ports on loopback, outside the range that outgoing connections are given. */
import { createServer } from 'node:net';

/**
 * A client that calls a dead server on a port of that range may be given the very port it calls, connects to itself, and
 * keeps the server from ever binding again. So ports come from below it.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = portMin + Math.floor(Math.random() * (portMax - portMin));
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

const portMin = 10_000;
const portMax = 32_000;

/**
 * HTTP/1.1, undici to node:http. undici's README finds `dispatch` on a Pool with pipelining the fastest; for each of its
 * benchmarks' 50 connections with 10 in each, 4 with 64 were as fast or faster here. A request that is not said to be
 * `blocking: false` holds up those behind it in its connection. No timeouts, as in its own benchmarks; connections are kept
 * alive, and Nagle's delay is off on both sides (node:http's default).
 */
import { createServer } from 'node:http';
import { Pool } from 'undici';
import type { Peer } from './peer.ts';

export const undici: Peer = {
  async serve(port) {
    const server = createServer({ noDelay: true, keepAlive: true, keepAliveTimeout: 600_000 }, (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
        response.writeHead(200, { 'content-length': body.length });
        response.end(body);
      });
    });
    // Pipelined requests all come over the same few sockets.
    server.maxRequestsPerSocket = 0;
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  },
  async connect(port) {
    const pool = new Pool(`http://127.0.0.1:${port}`, {
      connections: 4,
      pipelining: 64,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return (request) => {
      return new Promise((resolve, reject) => {
        let reply: Uint8Array = new Uint8Array();
        // Only what is idempotent is pipelined, and so is an echo.
        const options = { path: '/', method: 'POST', body: request, idempotent: true, blocking: false } as const;
        pool.dispatch(options, {
          onConnect: () => undefined,
          onHeaders: () => true,
          onData: (part) => {
            reply = reply.length === 0 ? part : Buffer.concat([reply, part]);
            return true;
          },
          onComplete: () => resolve(reply),
          onError: reject,
        });
      });
    };
  },
};

/**
 * NATS request and reply. Its documentation advises for speed: `noAsyncTraces` ("will greatly improve the performance of
 * request/reply"), one connection for all requests with its one reply subscription (the default, not `noMux`), a callback
 * in place of an iterator, and a queue group to spread requests. Publishes of one turn leave in one write by themselves;
 * `flush` would only add a round trip.
 */
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Peer } from './peer.ts';

export function nats(responders: number): Peer {
  return {
    async serve(port) {
      for (let i = 0; i < responders; i++) {
        const connection = await connected(port);
        const callback = (_error: unknown, message: { data: Uint8Array; respond(reply: Uint8Array): boolean }) =>
          void message.respond(message.data);
        connection.subscribe(subject, { queue: 'echoes', callback });
        // Only so that the server knows of it before the first request.
        await connection.flush();
      }
    },
    async connect(port) {
      const connection = await connected(port);
      return async (request) => (await connection.request(subject, request, { timeout: 10_000 })).data;
    },
  };
}

function connected(port: number): Promise<NatsConnection> {
  return connect({ servers: `127.0.0.1:${port}`, noAsyncTraces: true });
}

const subject = 'echo';

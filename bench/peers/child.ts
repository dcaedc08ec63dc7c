/** The entry of every process of a peer from the registry: its server or its client, as its one argument says. */
import { askInLanes } from '../throughput/lanes.ts';
import { doAsTold } from '../throughput/told.ts';
import { beanstalkd } from './beanstalkd.ts';
import { grpc } from './grpc.ts';
import { nats } from './nats.ts';
import type { Peer } from './peer.ts';
import { rabbitmq } from './rabbitmq.ts';
import { redisLists } from './redis-lists.ts';
import { redisStreams } from './redis-streams.ts';
import { undici } from './undici.ts';

const peers: Readonly<Record<string, Peer>> = {
  'nats.js, one responder': nats(1),
  'nats.js, four responders': nats(4),
  'grpc-js, unary': grpc,
  'undici to node:http': undici,
  'Redis lists': redisLists,
  'Redis streams': redisStreams,
  'RabbitMQ RPC': rabbitmq,
  beanstalkd,
};

await doAsTold(async ({ contestant, role, endpoint }) => {
  const peer = peers[contestant]!;
  const port = Number(new URL(endpoint).port);
  if (role === 'server') {
    await peer.serve(port);
    return {};
  }
  const transact = await peer.connect(port);
  return { block: (window, forMs, bytes) => askInLanes(transact, { window, forMs, bytes }) };
});

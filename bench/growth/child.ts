/** The entry of every process of the questions that count clients, servers or workers, as its one argument says. */
import { freelance } from '../../patterns/freelance/pattern.ts';
import { serve } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { startBroker } from '../throughput/patterns.ts';
import type { Asker, ChildSpec, Role } from '../throughput/peer.ts';
import { serveRouter } from '../throughput/raw.ts';
import { doAsTold } from '../throughput/told.ts';
import { askByDealers, askByMany, askMany, askRouters, serveMany, serveRouters } from './many.ts';
import { askBroker, startBrokerOfMany, startWorkers } from './workers.ts';

interface Parts extends Partial<Record<Exclude<Role, 'client'>, (spec: Counted) => Promise<unknown>>> {
  client(spec: Counted): Promise<Asker>;
}

type Counted = ChildSpec & Required<Pick<ChildSpec, 'count' | 'endpoints'>>;

const parts: Readonly<Record<string, Parts>> = {
  'clients/freelance': {
    server: ({ endpoint }) => serve(freelance, { bind: endpoint }, echo),
    client: ({ endpoint, count }) => askByMany(freelance, endpoint, count),
  },
  'clients/majordomo': {
    broker: ({ endpoint }) => startBroker(majordomo, endpoint),
    server: ({ endpoint }) => fourWorkers(endpoint),
    client: ({ endpoint, count }) => askByMany(majordomo, endpoint, count),
  },
  'clients/zeromq.js DEALER/ROUTER': {
    server: ({ endpoint }) => serveRouter(endpoint),
    client: ({ endpoint, count }) => askByDealers(endpoint, count),
  },
  'servers/freelance': {
    server: ({ endpoints }) => serveMany(endpoints),
    client: ({ endpoints }) => askMany(endpoints),
  },
  'servers/zeromq.js DEALER/ROUTER': {
    server: ({ endpoints }) => serveRouters(endpoints),
    client: ({ endpoints }) => askRouters(endpoints),
  },
  'workers/majordomo': {
    broker: ({ endpoint }) => startBrokerOfMany(endpoint),
    server: ({ endpoint, count }) => startWorkers(endpoint, count),
    client: ({ endpoint }) => askBroker(endpoint),
  },
};

await doAsTold(async (spec: ChildSpec) => {
  const own = parts[spec.contestant]!;
  const counted = { count: 1, endpoints: [], ...spec };
  if (spec.role === 'client') return { block: await own.client(counted) };
  await own[spec.role]!(counted);
  return {};
});

function fourWorkers(endpoint: string): Promise<unknown> {
  return Promise.all(Array.from({ length: 4 }, () => serve(majordomo, { connect: endpoint }, echo)));
}

function echo(request: Uint8Array): Uint8Array {
  return request;
}

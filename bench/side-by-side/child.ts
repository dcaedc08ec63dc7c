/** The entry of every process side by side that needs no package of the registry, as its one argument says. */

import { freelance as freelancePattern } from '../../patterns/freelance/pattern.ts';
import { serve } from '../../patterns/index.ts';
import { majordomo as majordomoPattern } from '../../patterns/majordomo/pattern.ts';
import { askPacked, servePacked } from '../throughput/packed.ts';
import { askPattern, startBroker } from '../throughput/patterns.ts';
import type { Asker, ChildSpec } from '../throughput/peer.ts';
import { askDealer, askRequest, serveReply, serveRouter } from '../throughput/raw.ts';
import { doAsTold } from '../throughput/told.ts';
import { askC, serveC } from './c.ts';
import { c, freelance, majordomo, packed, raw, rawAgain, rawBroker, rawReq } from './contestants.ts';
import { askOverHops, serveHop, serveHops } from './three-hops.ts';

interface Parts {
  broker?(endpoint: string, backEndpoint: string): Promise<void>;
  server(endpoint: string, backEndpoint: string): Promise<unknown>;
  client(endpoint: string): Asker | Promise<Asker>;
}

/** Ours through the public `connect` and `serve`, with the settings that they have by themselves. */
const parts: Readonly<Record<string, Parts>> = {
  [freelance]: {
    server: (endpoint) => serve(freelancePattern, { bind: endpoint }, echo),
    client: (endpoint) => askPattern({}, freelancePattern, endpoint),
  },
  [majordomo]: {
    broker: (endpoint) => startBroker(majordomoPattern, endpoint),
    // A server's concurrency is its credit, which is one by default.
    server: (endpoint) =>
      Promise.all(Array.from({ length: 4 }, () => serve(majordomoPattern, { connect: endpoint }, echo))),
    client: (endpoint) => askPattern({}, majordomoPattern, endpoint),
  },
  [raw]: { server: serveRouter, client: askDealer },
  [rawAgain]: { server: serveRouter, client: askDealer },
  [packed]: { server: servePacked, client: askPacked },
  [rawReq]: { server: serveReply, client: askRequest },
  [rawBroker]: {
    broker: serveHops,
    server: (_endpoint, backEndpoint) => serveHop(backEndpoint),
    client: askOverHops,
  },
  [c]: { server: serveC, client: askC },
};

await doAsTold(async ({ contestant, role, endpoint, backEndpoint }: ChildSpec) => {
  const own = parts[contestant]!;
  if (role === 'client') return { block: await own.client(endpoint) };
  await own[role]!(endpoint, backEndpoint);
  return {};
});

function echo(request: Uint8Array): Uint8Array {
  return request;
}

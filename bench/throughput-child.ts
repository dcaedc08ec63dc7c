/**
 * The entry of every process of the question of throughput: a contestant's server, broker or client, as its one
 * argument says.
 */
import { type Contestant, contestants, rawReq } from './throughput/contestants.ts';
import { askPattern, servePattern, startBroker } from './throughput/patterns.ts';
import type { Asker, ChildSpec } from './throughput/peer.ts';
import { askDealer, askRequest, serveReply, serveRouter } from './throughput/raw.ts';
import { doAsTold } from './throughput/told.ts';

await doAsTold(async (spec) => {
  const contestant = contestants.find(({ name }) => name === spec.contestant)!;
  if (spec.role === 'client') return { block: asker(contestant, spec) };
  await begin(contestant, spec);
  return {};
});

async function begin(contestant: Contestant, { role, endpoint }: ChildSpec): Promise<void> {
  const { name, pattern } = contestant;
  if (pattern === undefined) await (name === rawReq ? serveReply : serveRouter)(endpoint);
  else if (role === 'broker') await startBroker(pattern, endpoint);
  else await servePattern(contestant, pattern, endpoint);
}

function asker(contestant: Contestant, { endpoint }: ChildSpec): Asker {
  const { name, pattern } = contestant;
  if (pattern !== undefined) return askPattern(contestant, pattern, endpoint);
  return name === rawReq ? askRequest(endpoint) : askDealer(endpoint);
}

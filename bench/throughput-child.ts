/**
 * The entry of every process of the question of throughput: a contestant's server, broker or client, as its one
 * argument says.
 */
import { type Contestant, contestants, rawReq } from './throughput/contestants.ts';
import { askPattern, offerToPattern, servePattern, startBroker } from './throughput/patterns.ts';
import type { ChildSpec, Tasks } from './throughput/peer.ts';
import { askDealer, askRequest, offerToDealer, serveReply, serveRouter } from './throughput/raw.ts';
import { doAsTold } from './throughput/told.ts';

await doAsTold(async (spec) => {
  const contestant = contestants.find(({ name }) => name === spec.contestant)!;
  if (spec.role === 'client') return tasksOf(contestant, spec);
  await begin(contestant, spec);
  return {};
});

async function begin(contestant: Contestant, { role, endpoint, keys }: ChildSpec): Promise<void> {
  const { name, pattern } = contestant;
  if (pattern === undefined) await (name === rawReq ? serveReply : serveRouter)(endpoint);
  else if (role === 'broker') await startBroker(pattern, endpoint);
  else await servePattern(contestant, pattern, endpoint, keys);
}

function tasksOf(contestant: Contestant, { endpoint, keys }: ChildSpec): Tasks {
  const { name, pattern } = contestant;
  if (pattern !== undefined) {
    const block = askPattern(contestant, pattern, endpoint, keys);
    return { block, offer: offerToPattern(pattern, endpoint) };
  }
  if (name === rawReq) return { block: askRequest(endpoint) };
  return { block: askDealer(endpoint), offer: offerToDealer(endpoint) };
}

/**
 * The entry of every process of the question of throughput: a contestant's server, broker or client, as its one
 * argument says. It never outlives the one that asks: the channel to it closes when that is gone, however it went.
 */
import { contestants, rawReq } from './throughput/contestants.ts';
import { askPattern, servePattern, startBroker } from './throughput/patterns.ts';
import type { Asker, ChildSpec, FromChild, ToChild } from './throughput/peer.ts';
import { askDealer, askRequest, serveReply, serveRouter } from './throughput/raw.ts';

const spec = JSON.parse(process.argv[2]!) as ChildSpec;
const contestant = contestants.find(({ name }) => name === spec.contestant)!;
process.on('disconnect', () => process.exit(1));
// Ctrl-C reaches the whole foreground group; the one that asks decides what it means.
process.on('SIGINT', () => undefined);

try {
  if (spec.role === 'client') answerWith(asker());
  else await begin();
  tell({ said: 'ready' });
} catch (error) {
  fail(error as Error);
}

async function begin(): Promise<void> {
  const { pattern } = contestant;
  if (pattern === undefined) await (contestant.name === rawReq ? serveReply : serveRouter)(spec.endpoint);
  else if (spec.role === 'broker') await startBroker(pattern, spec.endpoint);
  else await servePattern(contestant, pattern, spec.endpoint);
}

function asker(): Asker {
  const { pattern } = contestant;
  if (pattern !== undefined) return askPattern(contestant, pattern, spec.endpoint);
  return contestant.name === rawReq ? askRequest(spec.endpoint) : askDealer(spec.endpoint);
}

function answerWith(ask: Asker): void {
  process.on('message', ({ window, forMs }: ToChild) => {
    ask(window, forMs).then((block) => tell({ said: 'block', block }), fail);
  });
}

function fail(error: Error): void {
  tell({ said: 'failed', message: error.message });
}

function tell(message: FromChild): void {
  if (process.connected) process.send!(message);
}

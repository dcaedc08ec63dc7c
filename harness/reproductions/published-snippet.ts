/** What the article's few lines do as they stand, and what they were meant to do. */
import { brokerlessReq } from '../../patterns/brokerless-req/pattern.ts';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { connect, serve } from '../../patterns/index.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { freeEndpoints } from '../worlds/processes/ports.ts';
import { snippet } from './parts/snippet.ts';
import { article, type Reproduction } from './reproduction.ts';

export const publishedSnippet: Reproduction = {
  name: 'published-snippet',
  about: 'the article’s few lines do not run as they stand; put right, one message goes to each of three servers',
  claim:
    '“this code is going to send one message each to each of the servers assuming that there is an actual connection”',
  source: article,
  async reproduce({ onPhase }) {
    onPhase('the snippet as it stands');
    const asItStands = await snippet((await freeEndpoints(1))[0]!);
    onPhase('the snippet put right');
    // Each its own: libzmq lets go of a port a moment after its socket has closed.
    const inTurn = await sharesOf(brokerlessReq, { slots: 1 }, await freeEndpoints(servers));
    const atOnce = await sharesOf(freelance, {}, await freeEndpoints(servers));
    const checks = [
      answered('the high-water mark as one option, zmq.HWM', asItStands.highWaterMark, 'EINVAL'),
      answered('an endpoint that begins with http://', asItStands.http, 'EPROTONOSUPPORT'),
      answered('a second send on a REQ before the reply to the first', asItStands.secondSend, 'EFSM'),
      answered(`put right with one REQ, three in turn came to ${servers} servers as`, inTurn.join('/'), '1/1/1'),
      answered(`put right with DEALERs (freelance), three at once came to them as`, atOnce.join('/'), '1/1/1'),
    ];
    return { checks, figures: { asItStands, inTurn, atOnce } };
  },
};

/** How many of three transactions each server was given, all asked at once: one REQ takes them in turn. */
async function sharesOf(
  pattern: AnyPattern,
  settings: Readonly<Record<string, number>>,
  endpoints: readonly string[],
): Promise<number[]> {
  const shares = endpoints.map(() => 0);
  const running = await Promise.all(
    endpoints.map((bind, index) =>
      serve(pattern, { bind }, (request) => {
        shares[index]!++;
        return request;
      }),
    ),
  );
  const client = await connect(pattern, { endpoints, ...settings });
  try {
    await client.ready({ servers });
    await Promise.all(endpoints.map(() => client.transact(Buffer.from('a message for you'))));
    return shares;
  } finally {
    await client.close();
    await Promise.all(running.map((server) => server.close()));
  }
}

function answered(what: string, measured: string, expected: string) {
  return { what, expected, measured, holds: measured === expected };
}

const servers = 3;

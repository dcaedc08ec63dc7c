/** What NOBLOCK is good for: with every server dead it says what was not taken, at once; but first the dead are given their fill. */
import { brokerlessReq } from '../../patterns/brokerless-req/pattern.ts';
import { connect, type TransactionError } from '../../patterns/index.ts';
import { freePorts } from '../worlds/processes/ports.ts';
import { sendWithoutBlocking } from './parts/nonblocking.ts';
import { article, type Check, type Reproduction } from './reproduction.ts';

export const sendsThatDoNotBlock: Reproduction = {
  name: 'sends-that-do-not-block',
  about:
    'with every server dead, NOBLOCK refuses at once what exceeds the high-water mark, and with immediate all of it',
  claim: '“You might also be able to add NOBLOCK on the send() function to get some other actionable events.”',
  source: article,
  async reproduce({ quick, onPhase }) {
    const sends = quick ? 100 : 300;
    const sockets: object[] = [];
    const checks: Check[] = [];
    for (const [highWaterMark, immediate] of cases) {
      onPhase(`${sends} sends to ${endpoints} dead endpoints, high-water mark ${highWaterMark}`);
      const { accepted, refusedMs } = await sendWithoutBlocking(highWaterMark, immediate, endpoints, sends);
      const expected = immediate ? 0 : endpoints * highWaterMark;
      const which = `a DEALER with high-water mark ${highWaterMark}${immediate ? ' and immediate' : ''}`;
      sockets.push({ highWaterMark, immediate, sends, accepted, expected, refusedMs });
      checks.push(counted(`taken of ${sends} by ${which}, all ${endpoints} servers dead`, accepted, expected), {
        what: `how soon it refused the others, in the median (at worst ${refusedMs.worst.toFixed(2)} ms)`,
        expected: 'within 1 ms',
        measured: `${refusedMs.median.toFixed(3)} ms`,
        holds: refusedMs.median <= 1,
      });
    }
    const callers: object[] = [];
    for (const [variant, taken] of [
      ['as-published', slots],
      ['immediate', 0],
    ] as const) {
      onPhase(`${asked} transactions of brokerless-req, ${variant}`);
      const told = await outcomes(variant);
      callers.push({ variant, ...told });
      const which = `of ${asked} transactions of brokerless-req ${variant}, ${slots} slots`;
      checks.push(counted(`told "refused" ${which}`, told.refused, asked - taken));
      checks.push(counted(`told "unknown" ${which}`, told.unknown, taken));
    }
    return { checks, figures: { sockets, callers } };
  },
};

/** What callers are told where nobody is there: that nobody had it, or that somebody might. */
async function outcomes(variant: string): Promise<{ readonly refused: number; readonly unknown: number }> {
  const ports = await freePorts(endpoints);
  const client = await connect(brokerlessReq, {
    endpoints: ports.map((port) => `tcp://127.0.0.1:${port}`),
    variant,
    slots,
  });
  try {
    const asks = Array.from({ length: asked }, () => client.transact(new Uint8Array(16), { timeoutMs: 200 }));
    const told = { refused: 0, unknown: 0 };
    for (const { reason } of (await Promise.allSettled(asks)) as PromiseRejectedResult[]) {
      const { outcome } = reason as TransactionError;
      if (outcome === 'refused' || outcome === 'unknown') told[outcome]++;
    }
    return told;
  } finally {
    await client.close();
  }
}

function counted(what: string, measured: number, expected: number): Check {
  return { what, expected: String(expected), measured: String(measured), holds: measured === expected };
}

const endpoints = 3;
const slots = 12;
const asked = 36;
const cases: readonly [highWaterMark: number, immediate: boolean][] = [
  [1, false],
  [10, false],
  [1, true],
];

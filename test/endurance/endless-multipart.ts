/**
 * What libzmq gathers below us: a message is handed over when its last frame is in, so one that never ends grows where none of
 * our limits reaches. `maxMessageSize` bounds a frame. This measures it; there is nothing here to pass.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Subject, subjects } from './cases.ts';
import { handshake } from './handshake.ts';
import { Processes } from './processes.ts';
import { each, type Finding, type Trial, type TrialOptions } from './trial.ts';

export const endlessMultipart: Trial = {
  name: 'endless-multipart',
  asks: 'how much of a message that never ends does libzmq keep, and for how long?',
  async run(options: TrialOptions) {
    const all = await subjects(options.of);
    const first = all.filter(({ pattern }, index) => all.findIndex((one) => one.pattern === pattern) === index);
    return each(
      'endless-multipart',
      first,
      { ...options, quick: false },
      ({ title }) => title,
      (one) => grow(one, options),
    );
  },
};

async function grow({ pattern, variantName: variant }: Subject, { quick, signal }: TrialOptions): Promise<Finding> {
  const processes = new Processes(signal);
  try {
    const endpoints = await processes.tcpEndpoints(1);
    const role = pattern.topology === 'broker' ? ('broker' as const) : ('server' as const);
    const common = { pattern: pattern.name, variant, settings: {}, concurrency: 1, endpoints, work: {} };
    const victim = await processes.start({ name: role, role, ...common });
    const before = (await victim.usage()).rssMb;
    const frames = quick ? 200 : 2000;
    const stranger = connect(Number(endpoints[0]!.split(':').at(-1)), '127.0.0.1');
    await once(stranger, 'connect', { signal });
    stranger.write(handshake);
    // Before its own handshake is through, libzmq takes no more than that.
    await once(stranger, 'data', { signal });
    stranger.resume();
    await sleep(100, undefined, { signal });
    for (let n = 0; n < frames; n++) await write(stranger, moreFrame);
    await sleep(settleMs, undefined, { signal });
    const gathered = (await victim.usage()).rssMb;
    stranger.destroy();
    await sleep(settleMs, undefined, { signal });
    const after = (await victim.usage()).rssMb;
    const row = {
      of: pattern.name,
      'frames without an end': frames,
      'sent MB': Math.round((frames * moreFrame.length) / 1_048_576),
      'rss before MB': before,
      'rss then MB': gathered,
      'rss when it has gone MB': after,
    };
    return { row, broken: [], doubts: victim.isAlive ? [] : ['it died'] };
  } finally {
    await processes.close();
  }
}

async function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (!socket.write(bytes)) await once(socket, 'drain', { signal: AbortSignal.timeout(10_000) });
}

const settleMs = 1000;
/** A long frame that says that another follows. */
const moreFrame = longFrame(100_000);

function longFrame(bytes: number): Uint8Array {
  const frame = Buffer.alloc(9 + bytes, 7);
  frame[0] = 3;
  frame.writeBigUInt64BE(BigInt(bytes), 1);
  return frame;
}

/** What bounds the loss where a live, slow server dies: a window of its own, and no high-water mark. */
import { conclusiveRun } from './parts/conclusive-run.ts';
import { type DealtOut, dealOut } from './parts/dealt-out.ts';
import { article, type Check, type Reproduction, type ReproductionOptions } from './reproduction.ts';

export const windowBoundsLoss: Reproduction = {
  name: 'window-bounds-loss',
  about: 'a high-water mark of 1 loses as much with a live server as one of 1000; a window of w loses at most w',
  claim:
    '“I say ‘1’ transaction in the queue because we set the HWM (high water mark) when creating the connections. This is ' +
    'probably a good setting for realtime systems where losing transaction in an invisible queue is the least desirable event.”',
  source: article,
  async reproduce(options) {
    const requests = options.quick ? 60 : 150;
    const marks: DealtOut[] = [];
    const checks: Check[] = [];
    for (const payloadBytes of options.quick ? [16] : [16, 65_536]) {
      const [one, many] = await losses(payloadBytes, requests, options, marks);
      checks.push({
        what: `lost of ${requests} of ${payloadBytes} bytes, high-water mark 1`,
        expected: `within 10 % of the ${many} lost with 1000`,
        measured: String(one),
        holds: one > 0 && Math.abs(one - many) <= Math.max(1, many * 0.1),
      });
    }
    const windows: { window: number; lost: number }[] = [];
    for (const window of options.quick ? [4] : [1, 4, 16]) {
      const lost = await lostByWindow(window, options);
      windows.push({ window, lost });
      checks.push({
        what: `lost with a window of ${window}, twenty times as many waiting`,
        expected: `1 to ${window}`,
        measured: String(lost),
        holds: lost >= 1 && lost <= window,
      });
    }
    return { checks, figures: { marks, windows } };
  },
};

async function losses(
  payloadBytes: number,
  requests: number,
  options: ReproductionOptions,
  marks: DealtOut[],
): Promise<readonly [one: number, many: number]> {
  const lost: number[] = [];
  for (const highWaterMark of [1, 1000]) {
    options.onPhase(`${requests} requests of ${payloadBytes} bytes, high-water mark ${highWaterMark}`);
    const found = await dealOut({ highWaterMark, payloadBytes, requests }, options);
    marks.push(found);
    lost.push(found.lost);
  }
  return [lost[0]!, lost[1]!];
}

/** Told "unknown", of those that are asked once: what the victim held, and no more. */
async function lostByWindow(window: number, options: ReproductionOptions): Promise<number> {
  options.onPhase(`freelance with a window of ${window}`);
  const { row } = await conclusiveRun(
    {
      name: 'window-bounds-loss',
      pattern: 'freelance',
      settings: { window },
      load: { model: 'closed', window: 20 * window, durationMs: 900, timeoutMs: 20_000, delivery: 'at-most-once' },
      handler: { serviceMs: 20 },
      restart: 'after:200',
      faults: [{ fault: 'kill', target: 'server-1', atMs: 500, durationMs: 200 }],
    },
    options,
  );
  return row.unknown;
}

/** An open loop: what is due is handed over when it is due, whatever became of those before. */
import { performance } from 'node:perf_hooks';
import { generator, quantile } from '../statistics.ts';
import { payloadBytes, type Transact } from './lanes.ts';
import type { Offer, Offered } from './peer.ts';

/** Poisson arrivals. How long each took counts from the moment it was due, so that being late is no excuse. */
export async function offered(
  transact: Transact,
  { ratePerSec, forMs, seed }: Offer,
  mayFail: (error: unknown) => boolean = () => false,
): Promise<Offered> {
  const due = arrivals(ratePerSec, forMs, seed);
  const tookUs = new Float64Array(due.length);
  const lagUs = new Float64Array(due.length);
  const began = performance.now() + 1;
  let failed = 0;
  const one = async (number: number) => {
    const at = began + due[number]!;
    lagUs[number] = (performance.now() - at) * 1000;
    try {
      await transact(Buffer.alloc(payloadBytes));
      tookUs[number] = (performance.now() - at) * 1000;
    } catch (error) {
      if (!mayFail(error)) throw error;
      failed++;
      tookUs[number] = Number.POSITIVE_INFINITY;
    }
  };
  const all: Promise<void>[] = [];
  while (all.length < due.length) {
    const now = performance.now() - began;
    while (all.length < due.length && due[all.length]! <= now) all.push(one(all.length));
    if (all.length < due.length) await until(due[all.length]! - now);
  }
  await Promise.all(all);
  const elapsedMs = performance.now() - began;
  const [p50Us, p99Us] = [quantileOf(tookUs, 0.5), quantileOf(tookUs, 0.99)];
  return {
    committed: due.length - failed,
    failed,
    elapsedMs,
    // What was never answered took longer than any of those that were.
    ...(Number.isFinite(p50Us) ? { p50Us } : {}),
    ...(Number.isFinite(p99Us) ? { p99Us } : {}),
    lag99Us: quantileOf(lagUs, 0.99),
  };
}

/** In milliseconds from the beginning. */
function arrivals(ratePerSec: number, forMs: number, seed: number): number[] {
  const random = generator(seed);
  const due: number[] = [];
  for (let at = 0; ; due.push(at)) {
    at -= (Math.log(1 - random()) / ratePerSec) * 1000;
    if (at >= forMs) return due;
  }
}

/** Timers are a millisecond coarse: what is nearer is waited for turn by turn, and sockets are read meanwhile. */
function until(inMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (inMs > 2) setTimeout(resolve, inMs - 1.5);
    else setImmediate(resolve);
  });
}

function quantileOf(samples: Float64Array, share: number): number {
  return quantile([...samples], share);
}

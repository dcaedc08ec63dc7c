/** Lanes: each has one transaction in flight, and the next when that has settled. */
import type { Block } from './peer.ts';

/** Resolves with the reply. The request's buffer is used again once it has settled. */
export type Transact = (request: Buffer) => Promise<Uint8Array>;

export const payloadBytes = 64;

export interface LanesSpec {
  readonly window: number;
  readonly forMs: number;
  readonly bytes?: number | undefined;
  /** Which failures only count as such. */
  readonly mayFail?: (error: unknown) => boolean;
}

/** A number of its own stands in each request. Every reply must be its request's echo; a lost reply fails the block. */
export async function askInLanes(
  transact: Transact,
  { window, forMs, bytes = payloadBytes, mayFail = never }: LanesSpec,
): Promise<Block> {
  const began = performance.now();
  let committed = 0;
  let failed = 0;
  const lane = async () => {
    const request = Buffer.alloc(bytes);
    while (performance.now() - began < forMs) {
      const number = (lastNumber = (lastNumber + 1) % numbers);
      // In fewer bytes there is no room for it.
      if (bytes >= 4) request.writeUInt32LE(number, 0);
      try {
        const reply = await transact(request);
        if (reply.length !== bytes || (bytes >= 4 && numberIn(reply) !== number))
          throw new Error('a reply is not its request’s echo');
        committed++;
      } catch (error) {
        if (!mayFail(error)) throw error;
        failed++;
      }
    }
  };
  await Promise.all(Array.from({ length: window }, lane));
  return { committed, failed, elapsedMs: performance.now() - began };
}

/** Which request a reply answers, of transports that do not say it. */
export class Correlation {
  readonly #waiting = new Map<number, (reply: Uint8Array) => void>();

  reply(request: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve) => this.#waiting.set(numberIn(request), resolve));
  }

  received(reply: Uint8Array): void {
    const number = numberIn(reply);
    const resolve = this.#waiting.get(number);
    this.#waiting.delete(number);
    resolve?.(reply);
  }
}

function numberIn(bytes: Uint8Array): number {
  return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
}

function never(): boolean {
  return false;
}

const numbers = 2 ** 32;
let lastNumber = 0;

/**
 * How large a client's batches may be, which only the other side knows: how long a worker takes for a transaction, and how
 * many workers there are. Both stand where an answer's lease would, in the first envelope of a message: each worker of ours
 * writes its pace, and a broker of ours how many workers the service has. A broker of another make writes nothing, and
 * that is how a client knows that it must not be given batches: such a broker has no parts to answer them in, or a worker
 * of another make behind it.
 */
import type { Micros } from '../machine.ts';
import { isEnvelope, writeHigh } from '../parts/envelope.ts';

/** What an answer says of the worker that gave it, and of the service. */
export interface Pace {
  /** How long the worker takes for a transaction, with as many at once as it handles. */
  readonly each: Micros;
  /** Workers that the service has; at least 1. */
  readonly workers: number;
}

/** Reads what stands in place of a lease; undefined where no broker of ours has written there. */
export function readPace(leaseUntil: number): Pace | undefined {
  const workers = Math.floor(leaseUntil / 2 ** 32);
  return workers === 0 ? undefined : { each: leaseUntil % 2 ** 32, workers };
}

/** A worker's part, in place of a lease in the first envelope of a message of answers. */
export function eachOnWire(each: Micros): number {
  return Math.min(Math.round(each), 0xffffffff);
}

/** A broker's part. */
export function writeWorkers(answers: Uint8Array, workers: number): void {
  if (isEnvelope(answers)) writeHigh(answers, 0, Math.max(1, Math.min(workers, 0xffff)));
}

/** Measures how long a worker takes for a transaction: of the time in which it has any, what falls to each. */
export class PaceMeter {
  #running = 0;
  #since: Micros = 0;
  #busy: Micros = 0;
  #count = 0;

  get each(): Micros {
    return this.#count === 0 ? 0 : this.#busy / this.#count;
  }

  began(now: Micros): void {
    if (this.#running++ === 0) this.#since = now;
  }

  ended(now: Micros): void {
    this.#running--;
    this.#busy += now - this.#since;
    this.#since = now;
    if (++this.#count < rememberedMax) return;
    this.#busy /= 2;
    this.#count /= 2;
  }
}

/** Transactions after which the older half counts for half as much. */
const rememberedMax = 256;

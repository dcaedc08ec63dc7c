/**
 * One direction of one connection: what has left a pipe and not yet arrived in the one at the other end. Messages keep
 * their order. Both kernels' buffers have room for so many bytes; a process that stands still reads none of them.
 */
import type { Frames, Micros } from '../../../patterns/machine.ts';
import { drawNth } from '../../../patterns/parts/chance.ts';
import type { EventQueue } from './event-queue.ts';
import type { Ways } from './network.ts';
import type { Pipe } from './pipe.ts';
import { departure, messageCostMin, passage, thaw, within } from './timings.ts';

interface Message {
  readonly frames: Frames;
  /** When the sender's kernel has it: until then it dies with its sender. */
  readonly leftAt: Micros;
  arrivesAt: Micros;
  readonly cost: number;
}

export class Flow {
  readonly #queue: EventQueue;
  readonly #seed: number;
  readonly #from: Pipe;
  readonly #to: Pipe;
  readonly #ways: Ways;
  readonly #tooLarge: (receiver: Pipe) => void;
  readonly #wire: Message[] = [];
  #head = 0;
  #count = 0;
  #cost = 0;
  #lastLeft: Micros = 0;
  #lastArrival: Micros = 0;
  #isCut = false;
  /** How many keep what is under way from arriving. */
  #holds = 0;

  constructor(queue: EventQueue, seed: number, from: Pipe, to: Pipe, ways: Ways, tooLarge: (receiver: Pipe) => void) {
    this.#ways = ways;
    this.#tooLarge = tooLarge;
    this.#queue = queue;
    this.#seed = seed;
    this.#from = from;
    this.#to = to;
  }

  /** When the last of what is under way will have arrived. */
  get lastArrival(): Micros {
    return this.#head < this.#wire.length ? this.#lastArrival : 0;
  }

  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** Nothing arrives until it is released as often; then all of it does, in order. */
  hold(): void {
    this.#holds++;
  }

  release(): void {
    if (--this.#holds === 0) this.thaw(drawNth(this.#seed ^ 0x68656c64, this.#count));
  }

  /** How many messages its pipe still counts as its own, because the kernel has not taken them yet. */
  notYetLeft(now: Micros): number {
    let count = 0;
    for (let i = this.#wire.length - 1; i >= this.#head && this.#wire[i]!.leftAt > now; i--) count++;
    return count;
  }

  /** Takes a message onto the wire; false where both kernels' buffers are full. */
  take(frames: Frames): boolean {
    if (this.#isCut) return true;
    const cost = costOf(frames);
    if (this.#cost > 0 && this.#cost + cost > this.#ways.bufferBytes) return false;
    const { now } = this.#queue;
    const chance = drawNth(this.#seed, this.#count++);
    const leftAt = Math.max(this.#lastLeft, now + within(departure, chance));
    const arrivesAt = Math.max(this.#lastArrival, leftAt + within(passage, (chance * 1024) % 1) + this.#delay());
    this.#lastLeft = leftAt;
    this.#lastArrival = arrivesAt;
    this.#wire.push({ frames, leftAt, arrivesAt, cost });
    this.#cost += cost;
    this.#queue.at(arrivesAt, this.#arrive);
    return true;
  }

  #delay(): Micros {
    const { latency } = this.#ways;
    return latency === 0 ? 0 : Math.floor(latency * drawNth(this.#seed ^ 0x6c617465, this.#count));
  }

  /** Its sender stops: what the kernel does not have yet is the pipe's again. */
  recall(): Frames[] {
    const { now } = this.#queue;
    const recalled: Frames[] = [];
    while (this.#wire.length > this.#head && this.#wire.at(-1)!.leftAt > now) {
      const { frames, cost } = this.#wire.pop()!;
      this.#cost -= cost;
      recalled.unshift(frames);
    }
    this.#lastLeft = now;
    this.#lastArrival = this.#wire.length > this.#head ? this.#wire.at(-1)!.arrivesAt : now;
    return recalled;
  }

  /** Its receiver runs again: what lay in the kernel comes now, connection by connection. */
  thaw(chance: number): void {
    let at = this.#queue.now + within(thaw, chance);
    for (let i = this.#head; i < this.#wire.length; i++) {
      const message = this.#wire[i]!;
      message.arrivesAt = at = Math.max(message.arrivesAt, at + 1);
      this.#queue.at(at, this.#arrive);
    }
    this.#lastArrival = Math.max(this.#lastArrival, at);
  }

  /** The receiver has read some of what it held: there is room for more. */
  readonly pull = (): void => {
    if (this.#head < this.#wire.length)
      this.#queue.at(Math.max(this.#wire[this.#head]!.arrivesAt, this.#queue.now), this.#arrive);
  };

  /** The connection is gone, and everything on it. */
  cut(): void {
    this.#isCut = true;
    this.#wire.length = 0;
    this.#head = 0;
    this.#cost = 0;
  }

  readonly #arrive = (): void => {
    const message = this.#wire[this.#head];
    if (message === undefined || message.arrivesAt > this.#queue.now || this.isHeld) return;
    if (this.#to.host.state !== 'running' || !this.#to.hasRoom) return;
    if (!this.#to.allows(message.frames)) {
      this.#tooLarge(this.#to);
      return;
    }
    this.#head++;
    if (this.#head > 64 && this.#head * 2 > this.#wire.length) {
      this.#wire.splice(0, this.#head);
      this.#head = 0;
    }
    this.#cost -= message.cost;
    this.#to.deliver(message.frames);
    this.#from.refill();
  };
}

function costOf(frames: Frames): number {
  let bytes = 0;
  for (const frame of frames) bytes += frame.length;
  return Math.max(messageCostMin, bytes);
}

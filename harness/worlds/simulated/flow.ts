/**
 * One direction of one connection: what has left a pipe and not yet arrived in the one at the other end. Messages keep
 * their order. Both kernels' buffers have room for so many bytes; a process that stands still reads none of them. Between
 * the two kernels stands what is the matter with the link: a message is past that, or not yet.
 */
import type { Frames, Micros } from '../../../patterns/machine.ts';
import { passing } from '../conditions.ts';
import type { EventQueue } from './event-queue.ts';
import { Moments } from './moments.ts';
import type { Ways } from './network.ts';
import type { Obstacles } from './obstacles.ts';
import type { Pipe } from './pipe.ts';
import { departureAtOnceShare, messageCostMin, thaw, within } from './timings.ts';

interface Message {
  readonly frames: Frames;
  /** When the sender's kernel has it: until then it dies with its sender. */
  readonly leftAt: Micros;
  arrivesAt: Micros;
  /** When it would arrive if the link were not narrow. */
  readonly from: Micros;
  readonly cost: number;
}

/** What a flow can't do for itself. */
export interface FlowEnds {
  /** A peer sent more than the receiver allows. */
  tooLarge(receiver: Pipe): void;
  /** Its receiver has half of a message: the connection is good for nothing. */
  cutInFrame(): void;
  /** What is sent again now says as well what has come the other way. */
  acknowledges(): void;
  /** To be told by whoever looks on. */
  happened(what: string): void;
  /** What a proxy on its way adds to a message's time now. */
  proxyTakes(): Micros;
}

export class Flow {
  readonly #queue: EventQueue;
  readonly #chance: Moments;
  readonly #from: Pipe;
  readonly #to: Pipe;
  readonly #ways: Ways;
  readonly #obstacles: Obstacles;
  readonly #ends: FlowEnds;
  readonly #wire: Message[] = [];
  #head = 0;
  /** How many of them, from the head on, are past the obstacles. */
  #past = 0;
  /** Messages that are kept, and by whose order. */
  #kept: { readonly id: number; readonly message: Message }[] = [];
  #arrived = 0;
  #cost = 0;
  #lastLeft: Micros = 0;
  #lastArrival: Micros = 0;
  #isCut = false;
  #isNarrow: boolean;
  #whenOpen: (() => void)[] = [];

  constructor(queue: EventQueue, seed: number, from: Pipe, to: Pipe, ways: Ways, obstacles: Obstacles, ends: FlowEnds) {
    this.#ways = ways;
    this.#ends = ends;
    this.#queue = queue;
    this.#chance = new Moments(queue, seed);
    this.#from = from;
    this.#to = to;
    this.#obstacles = obstacles;
    this.#isNarrow = obstacles.isNarrow;
  }

  /** When the last of what is under way will have arrived. */
  get lastArrival(): Micros {
    return this.#head < this.#wire.length ? this.#lastArrival : 0;
  }

  /** How many messages have come by it. */
  get arrived(): number {
    return this.#arrived;
  }

  /** Whether all that was sent is past the obstacles. */
  get isPast(): boolean {
    return this.#head + this.#past === this.#wire.length;
  }

  /** Whether the end of its connection is lost as well. */
  get isLossy(): boolean {
    return this.#obstacles.isLossy;
  }

  get isClosed(): boolean {
    return this.#obstacles.isClosed(this.#queue.now);
  }

  /** Calls back once something may pass again. */
  whenOpen(go: () => void): void {
    this.#whenOpen.push(go);
  }

  /** What is the matter with its link is another thing now. */
  readonly changed = (): void => {
    if (this.#isCut) return;
    const { now } = this.#queue;
    const next = this.#wire[this.#head + this.#past];
    const again = this.#obstacles.changed(now, next !== undefined && next.leftAt <= now ? next.leftAt : undefined);
    if (again !== undefined) {
      this.#ends.happened('sent again');
      this.#queue.at(again, this.#sendsAgain);
    }
    if (this.#obstacles.isLossy) this.#kept = [];
    this.#widened();
    if (this.isClosed) return;
    this.#releaseKept();
    // What was due in the meantime comes now.
    if (next !== undefined && next.arrivesAt <= now) this.thaw(this.#chance.draw());
    for (const go of this.#whenOpen.splice(0)) go();
  };

  readonly #sendsAgain = (): void => {
    this.changed();
    if (!this.#isCut && !this.isClosed) this.#ends.acknowledges();
  };

  /** What came the other way says what of it was heard. */
  acknowledged(): void {
    if (this.#obstacles.acknowledged(this.#queue.now)) this.changed();
  }

  /** What waited before a narrow link goes as soon as it may, where that is narrow no longer. */
  #widened(): void {
    const wasNarrow = this.#isNarrow;
    this.#isNarrow = this.#obstacles.isNarrow;
    if (!wasNarrow || this.#isNarrow) return;
    const waiting = this.#wire.slice(this.#head + this.#past);
    this.#lastArrival = Math.max(this.#queue.now, this.#wire[this.#head + this.#past - 1]?.arrivesAt ?? 0);
    for (const message of waiting) {
      message.arrivesAt = this.#lastArrival = Math.max(this.#lastArrival, message.from);
      this.#queue.at(message.arrivesAt, this.#arrive);
    }
  }

  /** From here on what is sent goes nowhere. */
  deafen(): void {
    this.#obstacles.deafen();
    this.#kept = [];
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
    const chance = this.#chance.draw();
    const lag = (chance - departureAtOnceShare) / (1 - departureAtOnceShare);
    const leaving = lag < 0 ? 0 : within(this.#ways.departure, lag);
    const leftAt = Math.max(this.#lastLeft, now + leaving);
    const latest = leftAt + within(this.#ways.passage, (chance * 1024) % 1) + this.#latency();
    const isClear = this.#obstacles.isClear;
    const from = isClear ? latest : latest + this.#obstacles.delay(() => this.#chance.draw());
    const arrivesAt = Math.max(this.#lastArrival, from) + (isClear ? 0 : this.#transmission(frames));
    this.#lastLeft = leftAt;
    this.#lastArrival = arrivesAt;
    this.#wire.push({ frames, leftAt, arrivesAt, from, cost });
    this.#cost += cost;
    this.#queue.at(arrivesAt, this.#arrive);
    return true;
  }

  #transmission(frames: Frames): Micros {
    return this.#obstacles.transmission(bytesOf(frames) + frames.length * headBytes);
  }

  #latency(): Micros {
    const { latency } = this.#ways;
    const proxy = this.#ends.proxyTakes();
    return latency === 0 ? proxy : proxy + Math.floor(latency * this.#chance.draw());
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
    this.#past = 0;
    this.#cost = 0;
    this.#kept = [];
  }

  /** The connection was reset: what its receiver's kernel has is still read, and nothing else comes. */
  truncate(): void {
    this.#isCut = true;
    this.#kept = [];
    for (const { cost } of this.#wire.splice(this.#head + this.#past)) this.#cost -= cost;
    if (this.#past > 0) this.#lastArrival = Math.min(this.#lastArrival, this.#queue.now);
  }

  /** Whether its receiver's kernel has something that the receiver has not taken yet. */
  get isHeld(): boolean {
    return this.#past > 0;
  }

  readonly #arrive = (): void => {
    this.#pass();
    const message = this.#wire[this.#head];
    if (this.#past === 0 || message === undefined || message.arrivesAt > this.#queue.now) return;
    if (this.#to.host.state !== 'running' || !this.#to.hasRoom) return;
    if (!this.#to.allows(message.frames)) {
      this.#ends.tooLarge(this.#to);
      return;
    }
    this.#head++;
    this.#past--;
    this.#arrived++;
    if (this.#head > 64 && this.#head * 2 > this.#wire.length) {
      this.#wire.splice(0, this.#head);
      this.#head = 0;
    }
    this.#cost -= message.cost;
    this.#to.deliver(message.frames);
    this.#from.refill();
  };

  /** What is due passes the obstacles, as far as they let it. */
  #pass(): void {
    const { now } = this.#queue;
    for (;;) {
      const place = this.#head + this.#past;
      const message = this.#wire[place];
      if (message === undefined || message.arrivesAt > now) return;
      if (this.#obstacles.isClear) this.#past++;
      else if (this.#obstacles.isClosed(now)) return;
      else this.#meetFate(place, message);
    }
  }

  #meetFate(place: number, message: Message): void {
    const { now } = this.#queue;
    const { kind, id } = this.#obstacles.fateOf(message.frames, now);
    if (kind === 'pass' || kind === 'duplicate-message') this.#past++;
    else {
      this.#wire.splice(place, 1);
      this.#cost -= message.cost;
      this.#from.refill();
    }
    if (kind === 'duplicate-message') this.#insert([message]);
    if (kind === 'grey' || kind === 'hold-message') this.#kept.push({ id, message });
    if (kind === 'cut-in-frame') {
      this.deafen();
      this.#queue.at(now + cutAfter, this.#ends.cutInFrame);
    }
    if (kind !== 'pass') this.#ends.happened(id === passing.id ? 'lost' : kind);
  }

  /** What no order keeps any more goes on, in the order in which it came. */
  #releaseKept(): void {
    if (this.#kept.length === 0) return;
    const released = this.#kept.filter(({ id }) => !this.#obstacles.keeps(id));
    this.#kept = this.#kept.filter(({ id }) => this.#obstacles.keeps(id));
    this.#insert(released.map(({ message }) => message));
  }

  /** They are past the obstacles, behind those that were before. */
  #insert(messages: readonly Message[]): void {
    const place = this.#head + this.#past;
    const arrivesAt = Math.max(this.#queue.now, this.#wire[place - 1]?.arrivesAt ?? 0);
    this.#wire.splice(place, 0, ...messages.map((message) => ({ ...message, arrivesAt })));
    this.#past += messages.length;
    this.#lastArrival = Math.max(this.#lastArrival, arrivesAt);
    for (const { cost } of messages) {
      this.#cost += cost;
      this.#queue.at(arrivesAt, this.#arrive);
    }
  }
}

function costOf(frames: Frames): number {
  return Math.max(messageCostMin, bytesOf(frames));
}

function bytesOf(frames: Frames): number {
  let bytes = 0;
  for (const frame of frames) bytes += frame.length;
  return bytes;
}

/** Of a frame on the wire. */
const headBytes = 2;
/** A RST overtakes what has not been read: what came before it is to be there. */
const cutAfter: Micros = 20_000;

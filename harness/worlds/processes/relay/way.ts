/** One direction of one connection: what comes from a socket goes to the other, when and as its conditions allow. */
import type { Socket } from 'node:net';
import { type Conditions, passing } from '../../conditions.ts';
import { Follower, type Unit } from './follower.ts';
import { reset } from './reset.ts';

/**
 * Bytes, or how the sender ended: after all its bytes, or with a RST; or a RST for both. If the link were not narrow it
 * would go `from` then on, and so long after the one before it.
 */
type Item = { due: number; readonly from: number; readonly afterMs?: number } & (
  | { readonly bytes: Buffer }
  | { readonly end: 'fin' | 'rst' | 'rst for both' }
);

export class Way {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #conditions: Conditions;
  readonly #follower: Follower | undefined;
  readonly #queue: Item[] = [];
  /** Messages that are kept, and by whose order. */
  #kept: { readonly id: number; readonly bytes: Buffer }[] = [];
  #queuedBytes = 0;
  #lastDue = 0;
  #isBlocked = false;
  #isDeaf = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param follows messages, or bytes alone. */
  constructor(from: Socket, to: Socket, conditions: Conditions, follows = false) {
    this.#follower = follows ? new Follower() : undefined;
    this.#from = from;
    this.#to = to;
    this.#conditions = conditions;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => this.#ended('fin'));
    from.on('error', () => this.#ended('rst'));
    from.on('close', () => clearTimeout(this.#timer));
    to.on('drain', () => {
      this.#isBlocked = false;
      this.pump();
    });
    // Nobody is left to tell.
    to.on('close', () => this.deafen());
  }

  /** From here on what it is sent goes nowhere. */
  deafen(): void {
    this.#isDeaf = true;
    this.empty();
    clearTimeout(this.#timer);
    if (!this.#from.destroyed) this.#from.resume();
  }

  /** Ends it for its receiver, as if its sender had. */
  halfClose(): void {
    this.#to.end();
    this.deafen();
  }

  /** Ends it for its receiver with a RST, of which its sender is not told. */
  resetReceiver(): void {
    this.deafen();
    reset(this.#to);
  }

  /** What has come so far is lost. */
  empty(): void {
    this.#queue.length = 0;
    this.#kept = [];
    this.#queuedBytes = 0;
  }

  /** The link may be narrow no longer: what waits goes as soon as it may then. */
  widen(): void {
    if (this.#conditions.isNarrow) return;
    this.#lastDue = 0;
    for (const item of this.#queue) {
      item.due = this.#lastDue = Math.max(this.#lastDue + (item.afterMs ?? 0), item.from);
    }
  }

  /** Delivers what is due. To be called, too, when conditions have changed. */
  pump(): void {
    clearTimeout(this.#timer);
    this.#releaseKept();
    while (!this.#isBlocked && !this.#conditions.isHeld && this.#queue.length > 0) {
      const waitMs = this.#queue[0]!.due - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pump(), waitMs);
        break;
      }
      this.#deliver(this.#queue.shift()!);
    }
    // A sender that is not read is told by TCP to wait: nothing piles up here.
    if (this.#isDeaf || this.#from.destroyed) return;
    if (this.#conditions.isHeld || this.#queuedBytes > (this.#kept.length > 0 ? keptBytesMax : queuedBytesMax))
      this.#from.pause();
    else this.#from.resume();
  }

  #deliver(item: Item): void {
    if ('bytes' in item) {
      this.#queuedBytes -= item.bytes.length;
      if (!this.#to.writable) return;
      this.#isBlocked = !this.#to.write(item.bytes);
    } else if (item.end === 'fin') this.#to.end();
    else {
      reset(this.#to);
      if (item.end === 'rst for both') reset(this.#from);
    }
  }

  #take(bytes: Buffer): void {
    if (this.#isDeaf || this.#conditions.isCut) return;
    if (this.#follower === undefined) this.#enqueue(bytes);
    else for (const unit of this.#follower.feed(bytes)) this.#meetFate(unit);
    this.pump();
  }

  #enqueue(bytes: Buffer): void {
    for (const item of this.#pieces(bytes)) {
      this.#queue.push(item);
      this.#queuedBytes += item.bytes.length;
    }
  }

  #meetFate(unit: Unit): void {
    const { kind, id } = unit.kind === 'message' ? this.#conditions.fateOf(unit.frames) : passing;
    const { bytes } = unit;
    if (kind === 'pass' || kind === 'duplicate-message') this.#enqueue(bytes);
    if (kind === 'duplicate-message') this.#enqueue(bytes);
    if (kind === 'grey' || kind === 'hold-message') {
      this.#kept.push({ id, bytes });
      this.#queuedBytes += bytes.length;
    }
    if (kind === 'cut-in-frame') {
      this.#enqueue(bytes.subarray(0, Math.ceil(bytes.length / 2)));
      // A RST overtakes what has not been read: the first half is to be there.
      this.#queue.push({ end: 'rst for both', due: this.#lastDue + cutAfterMs, from: 0, afterMs: cutAfterMs });
    }
  }

  /** What no order keeps any more goes on, in the order in which it came. */
  #releaseKept(): void {
    if (this.#kept.length === 0 || this.#kept.every(({ id }) => this.#conditions.has(id))) return;
    const kept = this.#kept;
    this.#kept = kept.filter(({ id }) => this.#conditions.has(id));
    for (const { id, bytes } of kept) {
      if (this.#conditions.has(id)) continue;
      this.#queuedBytes -= bytes.length;
      this.#enqueue(bytes);
    }
  }

  #ended(end: 'fin' | 'rst'): void {
    if (this.#isDeaf || this.#conditions.isCut) return;
    this.#queue.push({ end, due: this.#lastDue, from: 0 });
    this.pump();
  }

  /** In order: none is due before the one ahead of it. */
  *#pieces(bytes: Buffer): Iterable<Item & { readonly bytes: Buffer }> {
    const { bytesPerSec } = this.#conditions;
    const step = Math.max(1, Math.floor(bytesPerSec * bandwidthStepSec));
    const earliest = performance.now() + this.#conditions.delayMs();
    this.#lastDue = Math.max(this.#lastDue, earliest);
    for (let from = 0; from < bytes.length; ) {
      const slice = this.#conditions.slice();
      const until = Math.min(bytes.length, from + Math.min(step, slice?.bytes ?? bytes.length));
      yield { due: this.#lastDue, from: earliest, bytes: bytes.subarray(from, until) };
      this.#lastDue += (slice?.gapMs ?? 0) + ((until - from) * 1000) / bytesPerSec;
      from = until;
    }
  }
}

const queuedBytesMax = 256 * 1024;
/** Heartbeats come behind what is kept: it is read, up to here. */
const keptBytesMax = 64 * 1024 * 1024;
const cutAfterMs = 20;
/** A narrow link lets through what fits in so long, again and again. */
const bandwidthStepSec = 0.02;

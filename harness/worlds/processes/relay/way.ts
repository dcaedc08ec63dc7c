/** One direction of one connection: what comes from a socket goes to the other, when and as its conditions allow. */
import type { Socket } from 'node:net';
import type { Conditions } from './conditions.ts';

/** Bytes, or how the sender ended: after all its bytes, or with a RST. */
type Item = { readonly due: number; readonly bytes: Buffer } | { readonly due: number; readonly end: 'fin' | 'rst' };

export class Way {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #conditions: Conditions;
  readonly #queue: Item[] = [];
  #queuedBytes = 0;
  #lastDue = 0;
  #isBlocked = false;
  #isDeaf = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, conditions: Conditions) {
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
    this.#queue.length = 0;
    this.#queuedBytes = 0;
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
    this.#to.resetAndDestroy();
  }

  /** What has come so far is lost. */
  empty(): void {
    this.#queue.length = 0;
    this.#queuedBytes = 0;
  }

  /** Delivers what is due. To be called, too, when conditions have changed. */
  pump(): void {
    clearTimeout(this.#timer);
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
    if (this.#conditions.isHeld || this.#queuedBytes > queuedBytesMax) this.#from.pause();
    else this.#from.resume();
  }

  #deliver(item: Item): void {
    if ('bytes' in item) {
      this.#queuedBytes -= item.bytes.length;
      if (!this.#to.writable) return;
      this.#isBlocked = !this.#to.write(item.bytes);
    } else if (item.end === 'fin') this.#to.end();
    else this.#to.resetAndDestroy();
  }

  #take(bytes: Buffer): void {
    if (this.#isDeaf || this.#conditions.isCut) return;
    for (const item of this.#pieces(bytes)) {
      this.#queue.push(item);
      this.#queuedBytes += item.bytes.length;
    }
    this.pump();
  }

  #ended(end: 'fin' | 'rst'): void {
    if (this.#isDeaf || this.#conditions.isCut) return;
    this.#queue.push({ end, due: this.#lastDue });
    this.pump();
  }

  /** In order: none is due before the one ahead of it. */
  *#pieces(bytes: Buffer): Iterable<{ due: number; bytes: Buffer }> {
    const { bytesPerSec } = this.#conditions;
    const step = Math.max(1, Math.floor(bytesPerSec * bandwidthStepSec));
    this.#lastDue = Math.max(this.#lastDue, performance.now() + this.#conditions.delayMs());
    for (let from = 0; from < bytes.length; ) {
      const slice = this.#conditions.slice();
      const until = Math.min(bytes.length, from + Math.min(step, slice?.bytes ?? bytes.length));
      yield { due: this.#lastDue, bytes: bytes.subarray(from, until) };
      this.#lastDue += (slice?.gapMs ?? 0) + ((until - from) * 1000) / bytesPerSec;
      from = until;
    }
  }
}

const queuedBytesMax = 256 * 1024;
/** A narrow link lets through what fits in so long, again and again. */
const bandwidthStepSec = 0.02;

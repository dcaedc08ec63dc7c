/**
 * Follows one direction of a ZMTP 3 connection (23/ZMTP, 37/ZMTP): a greeting of 64 octets, then frames, each with flags,
 * a size of 1 or 8 octets, and a body. What came is given back: the greeting in pieces, a command or a message whole.
 */

export interface Unit {
  readonly kind: 'greeting' | 'command' | 'message';
  /** As they came, all of them. */
  readonly bytes: Buffer;
  /** Of a message: the frames' bodies. */
  readonly frames: readonly Uint8Array[];
}

export class Follower {
  #left: Buffer = Buffer.alloc(0);
  #greetingLeft = greetingBytes;
  /** What there is of a message whose last frame has not come. */
  #raw: Buffer[] = [];
  #frames: Uint8Array[] = [];

  /** What these bytes complete, in order. */
  *feed(bytes: Buffer): Iterable<Unit> {
    this.#left = this.#left.length === 0 ? bytes : Buffer.concat([this.#left, bytes]);
    // Each side waits for the first part of the other's before it sends the rest: it goes on as it comes.
    const greeting = this.#take(Math.min(this.#greetingLeft, this.#left.length));
    this.#greetingLeft -= greeting.length;
    if (greeting.length > 0) yield { kind: 'greeting', bytes: greeting, frames: [] };
    if (this.#greetingLeft > 0) return;
    for (let size = frameSize(this.#left); size !== undefined; size = frameSize(this.#left)) {
      const frame = this.#take(size.head + size.body);
      const flags = frame[0]!;
      this.#raw.push(frame);
      if ((flags & commandBit) !== 0) {
        // Between two frames of a message one stays where it came.
        if (this.#frames.length === 0) yield { kind: 'command', bytes: this.#whole(), frames: [] };
        continue;
      }
      this.#frames.push(frame.subarray(size.head));
      if ((flags & moreBit) !== 0) continue;
      const frames = this.#frames;
      this.#frames = [];
      yield { kind: 'message', bytes: this.#whole(), frames };
    }
  }

  #whole(): Buffer {
    const raw = this.#raw;
    this.#raw = [];
    return raw.length === 1 ? raw[0]! : Buffer.concat(raw);
  }

  #take(count: number): Buffer {
    const taken = this.#left.subarray(0, count);
    this.#left = this.#left.subarray(count);
    return taken;
  }
}

/** Undefined where the frame is not there to its end. */
function frameSize(bytes: Buffer): { readonly head: number; readonly body: number } | undefined {
  if (bytes.length < 2) return undefined;
  const isLong = (bytes[0]! & longBit) !== 0;
  if (isLong && bytes.length < 9) return undefined;
  const size = isLong ? { head: 9, body: Number(bytes.readBigUInt64BE(1)) } : { head: 2, body: bytes[1]! };
  return bytes.length < size.head + size.body ? undefined : size;
}

const greetingBytes = 64;
const moreBit = 1;
const longBit = 2;
const commandBit = 4;

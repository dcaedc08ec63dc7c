/** A message of envelopes in the making: one frame, written as its envelopes come. */
import { type Envelope, sizeOf, write } from './envelope.ts';

export class GrowingFrame {
  #frame: Uint8Array = none;
  #bytes = 0;
  #count = 0;
  /** The frame of the next message begins as large as this one has become: mostly nothing is copied, or left over. */
  #expected: number;

  constructor(expectedBytes = bytesMin) {
    this.#expected = Math.min(expectedBytes, expectedMax);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How many envelopes are in it. */
  get count(): number {
    return this.#count;
  }

  add(envelope: Envelope): void {
    const end = this.#bytes + sizeOf(envelope.service, envelope.payload);
    if (end > this.#frame.length) this.#grow(end);
    this.#bytes = write(this.#frame, this.#bytes, envelope);
    this.#count++;
  }

  /** What is written already: envelopes, or a body of another make. By itself it leaves as it is, uncopied. */
  addWritten(bytes: Uint8Array): void {
    const end = this.#bytes + bytes.length;
    if (this.#count === 0) this.#frame = bytes;
    else {
      if (end > this.#frame.length) this.#grow(end);
      this.#frame.set(bytes, this.#bytes);
    }
    this.#bytes = end;
    this.#count++;
  }

  /** The frame, which is the taker's from then on; the next envelope begins another. */
  take(): Uint8Array {
    const frame = this.#bytes === this.#frame.length ? this.#frame : this.#frame.subarray(0, this.#bytes);
    this.#expected = Math.max(bytesMin, Math.min(this.#bytes, expectedMax));
    this.#frame = none;
    this.#bytes = 0;
    this.#count = 0;
    return frame;
  }

  #grow(bytes: number): void {
    const larger = new Uint8Array(this.#count === 0 ? Math.max(bytes, this.#expected) : 2 * bytes);
    larger.set(this.#frame.subarray(0, this.#bytes));
    this.#frame = larger;
  }
}

const none = new Uint8Array(0);
const bytesMin = 128;
/** More is not taken in advance. */
const expectedMax = 65_536;

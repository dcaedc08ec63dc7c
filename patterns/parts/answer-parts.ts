/**
 * The parts of one answer, as far as there are any. They are kept while all of them together are within a limit: for those
 * who ask again, and for those who take an answer only whole.
 */
import { nextPart } from './envelope.ts';

export class AnswerParts {
  readonly #limitBytes: number;
  #bodies: Uint8Array[] = [];
  #bytes = 0;
  #isWhole = true;
  #next = 1;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Every part there was; none of them where they were too large to keep. */
  get bodies(): readonly Uint8Array[] {
    return this.#bodies;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether all parts were kept. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The number of the reply that ends them. */
  get endNumber(): number {
    return this.#next;
  }

  /** Takes one more, and returns its number. */
  add(body: Uint8Array): number {
    const number = this.#next;
    this.#next = nextPart(number);
    this.#bytes += body.length;
    if (this.#bytes > this.#limitBytes || this.#bodies.length >= partsMax) {
      this.#isWhole = false;
      this.#bodies = [];
    }
    if (this.#isWhole) this.#bodies.push(body);
    return number;
  }
}

/** The number of the part at that place. */
export function numberOf(index: number): number {
  return (index % 0xffff) + 1;
}

/** Empty parts take memory too. */
const partsMax = 65_536;

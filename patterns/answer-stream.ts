/** The parts of one answer on their way to the caller that reads them. */

export class AnswerStream implements AsyncIterableIterator<Uint8Array> {
  readonly #limitBytes: number;
  readonly #left: () => void;
  readonly #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #ended = false;
  #error: Error | undefined;
  #reader: { resolve(result: IteratorResult<Uint8Array>): void; reject(error: Error): void } | undefined;

  /** @param left is called when the reader leaves before the end. */
  constructor(limitBytes: number, left: () => void) {
    this.#limitBytes = limitBytes;
    this.#left = left;
  }

  /** One part more; false where too many wait to be read. */
  push(part: Uint8Array): boolean {
    if (this.#reader !== undefined) {
      this.#reader.resolve({ done: false, value: part });
      this.#reader = undefined;
      return true;
    }
    this.#unread.push(part);
    this.#unreadBytes += part.length + costBytes;
    return this.#unreadBytes <= this.#limitBytes;
  }

  end(error?: Error): void {
    this.#ended = true;
    this.#error = error;
    if (this.#reader === undefined) return;
    const { resolve, reject } = this.#reader;
    this.#reader = undefined;
    if (error === undefined) resolve({ done: true, value: undefined });
    else this.#throw(reject);
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const part = this.#unread.shift();
    if (part !== undefined) {
      this.#unreadBytes -= part.length + costBytes;
      return Promise.resolve({ done: false, value: part });
    }
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) this.#throw(reject);
      else if (this.#ended) resolve({ done: true, value: undefined });
      else this.#reader = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.#unread.length = 0;
    this.#unreadBytes = 0;
    this.#error = undefined;
    if (!this.#ended) this.#left();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Once: after an error an iteration is over. */
  #throw(reject: (error: Error) => void): void {
    const error = this.#error!;
    this.#error = undefined;
    reject(error);
  }
}

/** What a part takes besides its bytes: empty ones too must not gather without end. */
const costBytes = 64;

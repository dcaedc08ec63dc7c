/** How much may be unanswered at a server: so many requests, and so many bytes of them. */

export interface RoomLimits {
  readonly queueLimit: number;
  readonly queueLimitBytes: number;
}

export class Room {
  readonly #limits: RoomLimits;
  #size = 0;
  #bytes = 0;

  constructor(limits: RoomLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether there is room for one more. However large it is, it fits where nothing else is. */
  fits(body: Uint8Array): boolean {
    const { queueLimit, queueLimitBytes } = this.#limits;
    return this.#size < queueLimit && (this.#size === 0 || this.#bytes + costOf(body) <= queueLimitBytes);
  }

  enter(body: Uint8Array): void {
    this.#size++;
    this.#bytes += costOf(body);
  }

  leave(body: Uint8Array): void {
    this.#size--;
    this.#bytes -= costOf(body);
  }
}

function costOf(body: Uint8Array): number {
  return body.length + requestCost;
}

/** What a request takes besides its body. */
const requestCost = 1024;

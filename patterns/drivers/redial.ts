/**
 * Calls again where libzmq does not: after a handshake that failed for its key or its mechanism libzmq gives the endpoint
 * up for good, though its listener may be started anew with another list tomorrow. The wait doubles each time in a row.
 */
export interface Line {
  connect(endpoint: string): void;
  disconnect(endpoint: string): void;
}

export class Redial {
  readonly #line: Line;
  readonly #waitMinMs: number;
  /** Given up by libzmq, and not up since. */
  readonly #endpoints = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #times = 0;

  constructor(line: Line, reconnectMs = 100) {
    this.#line = line;
    this.#waitMinMs = reconnectMs;
  }

  /** That endpoint was given up. Hung up at once: libzmq still has the call, and so would take no other for that endpoint. */
  givenUp(endpoint: string): void {
    this.#hangUp(endpoint);
    this.#endpoints.add(endpoint);
    if (this.#timer !== undefined) return;
    const longest = Math.min(this.#waitMinMs * 2 ** this.#times++, Math.max(waitMaxMs, this.#waitMinMs));
    this.#timer = setTimeout(() => this.#call(), longest * (0.5 + Math.random() / 2));
  }

  up(endpoint: string): void {
    this.#endpoints.delete(endpoint);
    this.#times = 0;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /**
   * All of them: hanging up frees a call's memory, and libzmq knows calls by their address, so that one made since may
   * have been hung up along with the one that was meant.
   */
  #call(): void {
    this.#timer = undefined;
    for (const endpoint of this.#endpoints) {
      this.#hangUp(endpoint);
      this.#line.connect(endpoint);
    }
  }

  #hangUp(endpoint: string): void {
    try {
      this.#line.disconnect(endpoint);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

const waitMaxMs = 2_000;

/**
 * A client of ours numbers its messages, and a connection keeps their order: what does not come after the latest of its
 * client, a link has delivered again. A second worker would execute it, knowing nothing of the first; or its client would
 * hear that it was not executed, while it is.
 */
export class MessageNumbers {
  readonly #latest = new Map<string, number>();

  get size(): number {
    return this.#latest.size;
  }

  /** Whether that message, or one after it, has come before. Otherwise it has now. One without a number, 0, is always new. */
  isRepeat(client: string, number: number): boolean {
    if (number === 0) return false;
    const latest = this.#latest.get(client);
    if (latest === undefined && this.#latest.size >= clientsMax) this.#latest.clear();
    // They are 32 bits wide and go round, as those of RFC 1982 do.
    else if (latest !== undefined && ((number - latest) | 0) <= 0) return true;
    this.#latest.set(client, number);
    return false;
  }

  /** That client is gone, and will not come back by the same connection. */
  forget(client: string): void {
    this.#latest.delete(client);
  }
}

/** What comes twice comes soon after, so all may be forgotten at once where strangers make up more. */
const clientsMax = 65_536;

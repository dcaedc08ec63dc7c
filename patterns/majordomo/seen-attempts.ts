/**
 * Attempts that may not be executed twice, as far as clients have made them: what a link delivers again would go to a
 * second worker, which knows nothing of the first. A client's slot holds one transaction at a time, so it is found by that.
 */
export class SeenAttempts {
  readonly #clients = new Map<string, Map<number, Attempt>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Whether that attempt, or one after it, has come before. Otherwise it has now. */
  isRepeat(client: string, slot: number, sequence: number, attempt: number): boolean {
    const seen = this.#clients.get(client)?.get(slot);
    if (seen === undefined) this.#add(client, slot, { sequence, attempt });
    else if (seen.sequence === sequence && attempt <= seen.attempt) return true;
    else {
      seen.sequence = sequence;
      seen.attempt = attempt;
    }
    return false;
  }

  /** That client is gone, and will not come back by the same connection. */
  forget(client: string): void {
    this.#size -= this.#clients.get(client)?.size ?? 0;
    this.#clients.delete(client);
  }

  #add(client: string, slot: number, attempt: Attempt): void {
    if (this.#size === attemptsMax) {
      this.#clients.clear();
      this.#size = 0;
    }
    const slots = this.#clients.get(client) ?? new Map<number, Attempt>();
    this.#clients.set(client, slots.set(slot, attempt));
    this.#size++;
  }
}

interface Attempt {
  sequence: number;
  attempt: number;
}

/** Some 20 MB of them. What comes twice comes soon after, so all may be forgotten at once where strangers make up more. */
const attemptsMax = 131_072;

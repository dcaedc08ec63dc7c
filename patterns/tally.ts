/** What the promise side of a client counts: each transaction once, by how it ended. */
import type { ClientMachine } from './machine.ts';
import type { ClientStats } from './stats.ts';
import { type FailureCode, failures, type Outcome, type Settlement } from './transaction.ts';

export class Tally {
  #transactions = 0;
  #requestBytes = 0;
  #replyBytes = 0;
  #committed = 0;
  readonly #failures = Object.fromEntries(codes.map((code) => [code, 0])) as Record<FailureCode, number>;

  began(request: Uint8Array): void {
    this.#transactions++;
    this.#requestBytes += request.byteLength;
  }

  ended(how: Settlement, replyBytes = 0): void {
    if (how !== 'committed') this.#failures[how]++;
    else {
      this.#committed++;
      this.#replyBytes += replyBytes;
    }
  }

  stats(machine: ClientMachine): Omit<ClientStats, 'denied'> {
    const { rejected, refused, unknown } = this.#outcomes();
    return {
      transactions: this.#transactions,
      committed: this.#committed,
      rejected,
      refused,
      unknown,
      pending: this.#transactions - this.#committed - rejected - refused - unknown,
      ...machine.stats(),
      failures: { ...this.#failures },
      requestBytes: this.#requestBytes,
      replyBytes: this.#replyBytes,
    };
  }

  #outcomes(): Record<Outcome, number> {
    const outcomes = { committed: 0, rejected: 0, refused: 0, unknown: 0 };
    for (const code of codes) outcomes[failures[code].outcome] += this.#failures[code];
    return outcomes;
  }
}

const codes = Object.keys(failures) as FailureCode[];

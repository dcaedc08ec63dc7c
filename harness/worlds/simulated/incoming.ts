/**
 * What waits to be read at one socket: from each peer in turn, one message of each, as libzmq's fair queue does it. Who has
 * said a lot keeps nobody else waiting.
 */
import type { Message } from './host.ts';
import type { Pipe } from './pipe.ts';

export class Incoming {
  readonly #waiting = new Map<Pipe, Message[]>();
  /** Whose turn it is: those that had something when they were last looked at. */
  readonly #active: Pipe[] = [];
  #current = 0;

  add(message: Message): void {
    const { pipe } = message;
    const waiting = this.#waiting.get(pipe);
    if (waiting !== undefined) {
      waiting.push(message);
      return;
    }
    this.#waiting.set(pipe, [message]);
    this.#active.push(pipe);
  }

  /** The next one; there is one for each that was added. */
  take(): Message {
    for (;;) {
      const pipe = this.#active[this.#current]!;
      const message = this.#waiting.get(pipe)!.shift();
      if (message !== undefined) {
        this.#current = (this.#current + 1) % this.#active.length;
        return message;
      }
      this.#waiting.delete(pipe);
      const last = this.#active.pop()!;
      if (this.#current < this.#active.length) this.#active[this.#current] = last;
      else this.#current = 0;
    }
  }
}

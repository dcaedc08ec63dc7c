/** Scripts that wait until a node is in some state, or until their patience ends. */
import type { EventQueue } from './event-queue.ts';

interface Waiting {
  readonly node: string;
  isSo(): boolean;
  done(came: boolean): void;
}

export class States {
  readonly #queue: EventQueue;
  /** Tells a script that its time has come. */
  readonly #resolve: (resolve: () => void) => void;
  readonly #waiting = new Set<Waiting>();

  constructor(queue: EventQueue, resolve: (resolve: () => void) => void) {
    this.#queue = queue;
    this.#resolve = resolve;
  }

  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  /** Resolves with whether it came. */
  until(node: string, isSo: () => boolean, patienceMs: number): Promise<boolean> {
    if (isSo()) return Promise.resolve(true);
    if (patienceMs <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = (came: boolean) => {
        if (this.#waiting.delete(waiting)) this.#resolve(() => resolve(came));
      };
      const waiting: Waiting = { node, isSo, done };
      this.#waiting.add(waiting);
      this.#queue.at(this.#queue.now + patienceMs * 1000, () => done(false));
    });
  }

  /** Something about that node is another thing now. */
  changed(node: string): void {
    for (const one of this.#waiting) if (one.node === node && one.isSo()) one.done(true);
  }
}

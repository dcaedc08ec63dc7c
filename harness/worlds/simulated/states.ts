/** Scripts that wait until a node is in some state, or until their patience ends. */
import type { EventQueue } from './event-queue.ts';

interface Waiting {
  readonly node: string;
  /** The script looks for it itself, again and again; otherwise it is told. */
  readonly isLookedFor: boolean;
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

  /** Whether any script looks for one. */
  get isLookedFor(): boolean {
    for (const one of this.#waiting) if (one.isLookedFor) return true;
    return false;
  }

  /** Resolves with whether it came. */
  until(node: string, isSo: () => boolean, patienceMs: number, isLookedFor = false): Promise<boolean> {
    if (isSo()) return Promise.resolve(true);
    if (patienceMs <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = (came: boolean) => {
        if (this.#waiting.delete(waiting)) this.#resolve(() => resolve(came));
      };
      const waiting: Waiting = { node, isLookedFor, isSo, done };
      this.#waiting.add(waiting);
      this.#queue.at(this.#queue.now + patienceMs * 1000, () => done(false));
    });
  }

  /** Something about that node is another thing now. */
  changed(node: string): void {
    for (const one of this.#waiting) if (one.node === node && one.isSo()) one.done(true);
  }
}

/**
 * Which transactions a signal gives up. Any number may share one, so it gets one listener for all: a listener each is
 * looked for among all the others when it is added, which for a million takes minutes.
 */
import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Slot } from './machine.ts';

interface Listener {
  readonly slots: Set<Slot>;
  readonly onAbort: () => void;
}

export class AbortSignals {
  readonly #abandon: (slot: Slot) => void;
  readonly #listeners = new Map<AbortSignal, Listener>();

  constructor(abandon: (slot: Slot) => void) {
    this.#abandon = abandon;
  }

  add(signal: AbortSignal, slot: Slot): void {
    const listener = this.#listeners.get(signal) ?? this.#listen(signal);
    listener.slots.add(slot);
  }

  /** That transaction has settled. */
  remove(signal: AbortSignal, slot: Slot): void {
    const listener = this.#listeners.get(signal);
    if (listener === undefined || !listener.slots.delete(slot) || listener.slots.size > 0) return;
    this.#listeners.delete(signal);
    signal.removeEventListener('abort', listener.onAbort);
  }

  #listen(signal: AbortSignal): Listener {
    const slots = new Set<Slot>();
    const listener = { slots, onAbort: () => void abandonInSlices(slots, this.#abandon) };
    this.#listeners.set(signal, listener);
    // Several clients may share it too: that is no leak, and not worth Node's warning.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', listener.onAbort, { once: true });
    return listener;
  }
}

/**
 * Gives them up, so many in a turn: heartbeats and replies have theirs in between. Those that settle meanwhile may leave.
 * Resolves when their callers have been told: a rejection is heard some microtasks later.
 */
export async function abandonInSlices(slots: Iterable<Slot>, abandon: (slot: Slot) => void): Promise<void> {
  let left = sliceMax;
  for (const slot of slots) {
    abandon(slot);
    if (--left > 0) continue;
    await nextTurn();
    left = sliceMax;
  }
  await nextTurn();
}

/** That takes some 5 ms, what their callers make of it included. */
const sliceMax = 2048;

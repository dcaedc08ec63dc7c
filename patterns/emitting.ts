/** The part of a role that can be listened to: who listens, and how they are told. */
import type { Emitter } from './events.ts';
import type { Note } from './machine.ts';
import { MisuseError } from './transaction.ts';

type Listener = (event: never) => void;

export abstract class Emitting<E> implements Emitter<E> {
  readonly #kinds: readonly (keyof E & string)[];
  /** Whose transactions those are whose notes name no client. */
  readonly #clientId: string;
  /** By kind: each listener, and whether it wants the next event alone. A kind without listeners is not in it. */
  readonly #listeners = new Map<string, Map<Listener, boolean>>();
  /** Those that threw, so that each is warned of once. */
  readonly #thrown = new WeakSet<Listener>();

  constructor(kinds: readonly (keyof E & string)[], clientId = '') {
    this.#kinds = kinds;
    this.#clientId = clientId;
  }

  on<K extends keyof E>(kind: K, listener: (event: E[K]) => void): this {
    return this.#add(kind, listener, false);
  }

  once<K extends keyof E>(kind: K, listener: (event: E[K]) => void): this {
    return this.#add(kind, listener, true);
  }

  off<K extends keyof E>(kind: K, listener: (event: E[K]) => void): this {
    this.#remove(this.#known(kind), listener);
    return this;
  }

  /** The kinds that are wanted from now on. */
  protected abstract listen(kinds: ReadonlyMap<string, unknown>): void;

  /** Tells everybody who listened when it began to. */
  protected tell(note: Note): void {
    const listeners = this.#listeners.get(note.kind);
    if (listeners === undefined) return;
    const event = this.#event(note);
    for (const [listener, isOnce] of [...listeners]) {
      if (isOnce) this.#remove(note.kind, listener);
      this.#call(listener, event);
    }
  }

  #add(kind: keyof E, listener: Listener, isOnce: boolean): this {
    const known = this.#known(kind);
    if (typeof listener !== 'function') throw new MisuseError('listener', listener, 'it takes a function');
    const listeners = this.#listeners.get(known);
    if (listeners !== undefined) {
      listeners.set(listener, isOnce);
      return this;
    }
    this.#listeners.set(known, new Map([[listener, isOnce]]));
    this.listen(this.#listeners);
    return this;
  }

  #remove(kind: string, listener: Listener): void {
    const listeners = this.#listeners.get(kind);
    if (!listeners?.delete(listener) || listeners.size > 0) return;
    this.#listeners.delete(kind);
    this.listen(this.#listeners);
  }

  #known(kind: keyof E): string {
    const known = this.#kinds.find((one) => one === kind);
    if (known === undefined) throw new MisuseError('event', kind, `there are ${this.#kinds.join(', ')}`);
    return known;
  }

  #call(listener: Listener, event: unknown): void {
    try {
      listener(event as never);
    } catch (error) {
      if (this.#thrown.has(listener)) return;
      this.#thrown.add(listener);
      const said = error instanceof Error ? error.message : String(error);
      process.emitWarning(`a listener threw: ${said}`, { type: 'PrivateerWarning', code: 'PRIVATEER_LISTENER' });
    }
  }

  /** What is said of a transaction names it as its caller does. */
  #event({ client, sequence, ...details }: Note): object {
    if (sequence === undefined) return Object.freeze(details);
    return Object.freeze({ ...details, id: `${client ?? this.#clientId}:${sequence}` });
  }
}

/**
 * What a server remembers of the transactions it was asked for, so that one that comes twice is executed once: while it
 * is under way those who ask again wait for the same answer, and afterwards they get it again (the Guide's idempotent
 * service, after NFSv4.1's sessions). A client's slot holds one transaction at a time, so the next one in that slot says
 * that the one before was settled: what is remembered is bounded by what clients have pending, and by limits of our own.
 */

import type { Ticket } from '../machine.ts';
import type { AnswerParts } from './answer-parts.ts';
import { ClientMemory, type Entry } from './client-memory.ts';
import type { Kind } from './envelope.ts';

/** An answer as it was given. */
export interface Remembered {
  readonly kind: Kind;
  readonly reply: Uint8Array;
  readonly parts: AnswerParts | undefined;
}

export class ReplyCache {
  readonly #limit: number;
  readonly #limitBytes: number;
  /** Those in front are the ones that have not asked for the longest. */
  readonly #clients = new Map<string, ClientMemory>();
  /** Who asked last: mostly it is the same one again. */
  #latest = '';
  #latestMemory: ClientMemory | undefined;
  #size = 0;
  #bytes = 0;

  constructor(limit: number, limitBytes: number) {
    this.#limit = limit;
    this.#limitBytes = limitBytes;
  }

  /** How many clients have transactions in it. */
  get clients(): number {
    return this.#clients.size;
  }

  get size(): number {
    return this.#size;
  }

  /** What the answers take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `slot` is where that transaction is most likely to be. A caller that was restarted repeats one in whatever slot comes first. */
  find(client: string, sequence: number, slot = 0): Entry | undefined {
    return this.#memoryOf(client)?.find(sequence, slot);
  }

  begin(client: string, slot: number, sequence: number, ticket: Ticket): void {
    const memory = this.#touched(client);
    const before = memory.at(slot);
    if (before === undefined) this.#size++;
    else this.#bytes -= before.bytes;
    memory.begin(slot, sequence, ticket);
    while (this.#size > this.#limit && this.#evict());
  }

  /** It was executed: this is the answer to whoever asks again. */
  finish(client: string, sequence: number, { kind, reply, parts }: Remembered, slot = 0): void {
    const entry = this.find(client, sequence, slot);
    if (entry === undefined) return;
    entry.ticket = undefined;
    if (parts?.isWhole === false) return;
    entry.keep(kind, reply, parts);
    this.#bytes += entry.bytes;
    // What was under way could not make room before.
    while ((this.#bytes > this.#limitBytes || this.#size > this.#limit) && this.#evict());
  }

  /** It was not executed: should it come again, it may be. */
  forget(client: string, sequence: number, slot = 0): void {
    const memory = this.#memoryOf(client);
    const entry = memory?.find(sequence, slot);
    if (entry !== undefined) this.#drop(memory!, entry);
  }

  #memoryOf(client: string): ClientMemory | undefined {
    return client === this.#latest ? this.#latestMemory : this.#clients.get(client);
  }

  #touched(client: string): ClientMemory {
    if (client === this.#latest && this.#latestMemory !== undefined) return this.#latestMemory;
    const memory = this.#clients.get(client) ?? new ClientMemory();
    this.#clients.delete(client);
    this.#clients.set(client, memory);
    this.#latest = client;
    this.#latestMemory = memory;
    return memory;
  }

  #drop(memory: ClientMemory, entry: Entry): void {
    this.#size--;
    this.#bytes -= entry.bytes;
    memory.drop(entry);
  }

  /** Makes room: the oldest entry, not under way, of the client that has not asked for the longest. False where there is none. */
  #evict(): boolean {
    for (const [client, memory] of this.#clients) {
      const entry = memory.oldestDone();
      if (entry !== undefined) this.#drop(memory, entry);
      if (memory.size === 0) this.#forgetClient(client);
      if (entry !== undefined) return true;
    }
    return false;
  }

  #forgetClient(client: string): void {
    this.#clients.delete(client);
    if (client === this.#latest) this.#latestMemory = undefined;
  }
}

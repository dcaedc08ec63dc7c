/**
 * What a server remembers of the transactions it was asked for, so that one that comes twice is executed once: while it
 * is under way those who ask again wait for the same answer, and afterwards they get it again (the Guide's idempotent
 * service, after NFSv4.1's sessions). A client's slot holds one transaction at a time, so the next one in that slot says
 * that the one before was settled: what is remembered is bounded by what clients have pending, and by limits of our own.
 */

import type { Ticket } from '../machine.ts';
import type { AnswerParts } from './answer-parts.ts';
import { toKeep } from './bytes.ts';
import type { Kind } from './envelope.ts';

/** An answer as it was given. */
export interface Remembered {
  readonly kind: Kind;
  readonly reply: Uint8Array;
  readonly parts: AnswerParts | undefined;
}

export interface Entry {
  readonly sequence: number;
  readonly slot: number;
  /** While it is under way. */
  ticket: Ticket | undefined;
  /** Absent while it is under way, and where the answer was too large to keep: that it was executed is known all the same. */
  answer: Remembered | undefined;
}

interface Memory {
  readonly bySlot: Map<number, Entry>;
  /** A caller that was restarted repeats a sequence in whatever slot comes first. */
  readonly bySequence: Map<number, Entry>;
}

export class ReplyCache {
  readonly #limit: number;
  readonly #limitBytes: number;
  readonly #clients = new Map<string, Memory>();
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

  find(client: string, sequence: number): Entry | undefined {
    return this.#clients.get(client)?.bySequence.get(sequence);
  }

  begin(client: string, slot: number, sequence: number, ticket: Ticket): void {
    if (this.#limit === 0) return;
    const memory = this.#touched(client);
    const before = memory.bySlot.get(slot);
    if (before !== undefined) this.#drop(memory, before);
    const entry = { sequence, slot, ticket, answer: undefined };
    memory.bySlot.set(slot, entry);
    memory.bySequence.set(sequence, entry);
    this.#size++;
    while (this.#size > this.#limit && this.#evict());
  }

  /** It was executed: this is the answer to whoever asks again. */
  finish(client: string, sequence: number, { kind, reply, parts }: Remembered): void {
    const entry = this.find(client, sequence);
    if (entry === undefined) return;
    entry.ticket = undefined;
    if (parts?.isWhole === false) return;
    entry.answer = { kind, reply: toKeep(reply), parts };
    this.#bytes += bytesOf(entry.answer);
    // What was under way could not make room before.
    while ((this.#bytes > this.#limitBytes || this.#size > this.#limit) && this.#evict());
  }

  /** It was not executed: should it come again, it may be. */
  forget(client: string, sequence: number): void {
    const memory = this.#clients.get(client);
    const entry = memory?.bySequence.get(sequence);
    if (entry !== undefined) this.#drop(memory!, entry);
  }

  #touched(client: string): Memory {
    const memory = this.#clients.get(client) ?? { bySlot: new Map(), bySequence: new Map() };
    // Moved to the end: those in front are the ones that have not asked for the longest.
    this.#clients.delete(client);
    this.#clients.set(client, memory);
    return memory;
  }

  #drop(memory: Memory, entry: Entry): void {
    if (memory.bySlot.get(entry.slot) === entry) memory.bySlot.delete(entry.slot);
    memory.bySequence.delete(entry.sequence);
    this.#size--;
    if (entry.answer !== undefined) this.#bytes -= bytesOf(entry.answer);
  }

  /** Makes room: the oldest entry, not under way, of the client that has not asked for the longest. False where there is none. */
  #evict(): boolean {
    for (const [client, memory] of this.#clients) {
      for (const entry of memory.bySequence.values()) {
        if (entry.ticket !== undefined) continue;
        this.#drop(memory, entry);
        if (memory.bySequence.size === 0) this.#clients.delete(client);
        return true;
      }
      if (memory.bySequence.size === 0) this.#clients.delete(client);
    }
    return false;
  }
}

function bytesOf({ reply, parts }: Remembered): number {
  return reply.length + (parts?.bytes ?? 0);
}

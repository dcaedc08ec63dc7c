/**
 * One client's part of the reply cache: its transactions by slot, which is where one that is asked for again is found. Each
 * slot's entry is used again and again, with the memory of its small replies.
 */
import type { Ticket } from '../machine.ts';
import type { AnswerParts } from './answer-parts.ts';
import { copyOf, smallBytes, toKeep } from './bytes.ts';
import { Kind, nothing } from './envelope.ts';
import { LinkedList } from './linked-list.ts';
import type { Remembered } from './reply-cache.ts';

export class Entry {
  readonly slot: number;
  sequence: number;
  /** While it is under way. */
  ticket: Ticket | undefined;
  kind: Kind = Kind.reply;
  reply: Uint8Array = nothing;
  parts: AnswerParts | undefined;
  isKept = false;
  next: Entry | undefined;
  previous: Entry | undefined;

  constructor(slot: number, sequence: number, ticket: Ticket) {
    this.slot = slot;
    this.sequence = sequence;
    this.ticket = ticket;
  }

  /** Absent while it is under way, and where the answer was too large to keep: that it was executed is known all the same. */
  get answer(): Remembered | undefined {
    return this.isKept ? this : undefined;
  }

  /** What the answer takes. */
  get bytes(): number {
    return this.isKept ? this.reply.length + (this.parts?.bytes ?? 0) : 0;
  }

  begin(sequence: number, ticket: Ticket): void {
    this.sequence = sequence;
    this.ticket = ticket;
    this.parts = undefined;
    this.isKept = false;
    // What is not copied is not ours to write the next one into.
    if (this.reply.length > smallBytes) this.reply = nothing;
  }

  keep(kind: Kind, reply: Uint8Array, parts: AnswerParts | undefined): void {
    this.kind = kind;
    this.parts = parts;
    this.isKept = true;
    if (reply.length > smallBytes) this.reply = toKeep(reply);
    else if (reply.length === this.reply.length) this.reply.set(reply);
    else this.reply = copyOf(reply);
  }
}

export class ClientMemory {
  /** By slot, as far as those are used one after the other. */
  readonly #near: (Entry | undefined)[] = [];
  /** Those in slots far beyond: a stranger may name any, and must not make us fill what is between. */
  readonly #far = new Map<number, Entry>();
  /** The oldest first. */
  readonly #byAge = new LinkedList<Entry>();
  /** By sequence: made when one is asked for that is not in the slot it is said to be in, and kept while that goes on. */
  #bySequence: Map<number, Entry> | undefined;
  #begunSinceAsked = 0;
  #highest = -1;

  get size(): number {
    return this.#byAge.size;
  }

  at(slot: number): Entry | undefined {
    const near = slot < this.#near.length ? this.#near[slot] : undefined;
    return near === undefined && this.#far.size > 0 ? this.#far.get(slot) : near;
  }

  find(sequence: number, slot: number): Entry | undefined {
    const likely = this.at(slot);
    if (likely?.sequence === sequence) return likely;
    return sequence > this.#highest ? undefined : this.#elsewhere(sequence);
  }

  begin(slot: number, sequence: number, ticket: Ticket): void {
    let entry = this.at(slot);
    if (entry === undefined) {
      entry = new Entry(slot, sequence, ticket);
      this.#place(entry);
    } else {
      this.#byAge.remove(entry);
      this.#bySequence?.delete(entry.sequence);
      entry.begin(sequence, ticket);
    }
    this.#byAge.append(entry);
    if (sequence > this.#highest) this.#highest = sequence;
    if (this.#bySequence === undefined) return;
    this.#bySequence.set(sequence, entry);
    if (++this.#begunSinceAsked > 2 * this.size) this.#bySequence = undefined;
  }

  drop(entry: Entry): void {
    this.#byAge.remove(entry);
    this.#bySequence?.delete(entry.sequence);
    if (!this.#far.delete(entry.slot)) this.#near[entry.slot] = undefined;
  }

  /** The oldest that is not under way. */
  oldestDone(): Entry | undefined {
    for (let entry = this.#byAge.first; entry !== undefined; entry = entry.next) {
      if (entry.ticket === undefined) return entry;
    }
    return undefined;
  }

  #elsewhere(sequence: number): Entry | undefined {
    this.#begunSinceAsked = 0;
    if (this.#bySequence === undefined) {
      this.#bySequence = new Map();
      for (const entry of this.#byAge) this.#bySequence.set(entry.sequence, entry);
    }
    return this.#bySequence.get(sequence);
  }

  #place(entry: Entry): void {
    const { slot } = entry;
    if (slot >= this.#near.length && slot > 2 * this.size + nearSlots) this.#far.set(slot, entry);
    else this.#near[slot] = entry;
  }
}

/** Worth their room before any of them is used. */
const nearSlots = 64;

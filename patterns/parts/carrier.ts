/**
 * The sockets by which transactions go to one peer. Where what comes back names its transaction, one socket carries any
 * number. Where it does not, as in bare MDP, an answer is known only by the socket that it comes by: then each socket
 * is an identity of its own with one transaction at a time.
 */
import type { Slot, SocketId } from '../machine.ts';

export interface Carrier {
  /** Whether all that the peer holds is lost with one connection. */
  readonly isOne: boolean;
  /** How many transactions more it can carry, by the connections that stand. */
  readonly room: number;
  /** Makes place for a transaction that is to leave. */
  take(slot: Slot, sequence: number): void;
  /** The socket by which it leaves. */
  socketOf(slot: Slot): SocketId;
  /** What waits at that socket for an answer; undefined where nothing does, or the answer itself says which it is. */
  waitingAt(socket: SocketId): Waiting | undefined;
  /** It was answered, or never left. */
  free(slot: Slot): void;
  /** Nobody waits for its answer any more. */
  giveUp(slot: Slot): void;
  /** A connection of an identity came or went; returns the transaction that went with it, or NONE. */
  linked(socket: SocketId, up: boolean): Slot;
}

/** A transaction whose answer is known by the socket that it comes by. */
export interface Waiting {
  readonly slot: Slot;
  readonly sequence: number;
  /** How many parts of its answer have come. */
  parts: number;
}

export const NONE: Slot = -1;

/** One socket, which is the peer's own. */
export class OneSocket implements Carrier {
  readonly isOne = true;
  readonly room = Number.POSITIVE_INFINITY;
  readonly #socket: SocketId;

  constructor(socket: SocketId) {
    this.#socket = socket;
  }

  take(): void {
    // Any number may wait at it.
  }

  socketOf(): SocketId {
    return this.#socket;
  }

  waitingAt(): undefined {
    return undefined;
  }

  free(): void {
    // Nothing was taken.
  }

  giveUp(): void {
    // A late answer names its transaction, and is known for what it is.
  }

  linked(): Slot {
    return NONE;
  }
}

/** How a pool opens and closes the sockets of its identities. */
export interface Sockets {
  open(): SocketId;
  close(socket: SocketId): void;
}

interface Identity {
  up: boolean;
  waiting: Waiting | undefined;
}

/**
 * So many identities. One whose transaction is given up is closed, and another opened (C3 of the RFCs' recommendations):
 * a late reply has nowhere to go, and never reaches another transaction.
 */
export class IdentityPool implements Carrier {
  readonly isOne = false;
  readonly #sockets: Sockets;
  readonly #identities = new Map<SocketId, Identity>();
  readonly #socketOf = new Map<Slot, SocketId>();
  /** Those that are up and have no transaction. */
  readonly #idle: SocketId[] = [];

  constructor(size: number, sockets: Sockets) {
    this.#sockets = sockets;
    for (let i = 0; i < size; i++) this.#open();
  }

  get room(): number {
    return this.#idle.length;
  }

  take(slot: Slot, sequence: number): void {
    const socket = this.#idle.pop();
    if (socket === undefined) throw new Error(`no identity is idle, of ${this.#identities.size}`);
    this.#identities.get(socket)!.waiting = { slot, sequence, parts: 0 };
    this.#socketOf.set(slot, socket);
  }

  socketOf(slot: Slot): SocketId {
    return this.#socketOf.get(slot)!;
  }

  waitingAt(socket: SocketId): Waiting | undefined {
    return this.#identities.get(socket)?.waiting;
  }

  free(slot: Slot): void {
    const socket = this.#leave(slot);
    if (socket !== undefined) this.#idle.push(socket);
  }

  giveUp(slot: Slot): void {
    const socket = this.#leave(slot);
    if (socket !== undefined) this.#replace(socket);
  }

  linked(socket: SocketId, up: boolean): Slot {
    const identity = this.#identities.get(socket);
    if (identity === undefined || identity.up === up) return NONE;
    identity.up = up;
    const slot = identity.waiting?.slot ?? NONE;
    if (up) this.#idle.push(socket);
    else if (slot === NONE) this.#idle.splice(this.#idle.indexOf(socket), 1);
    // Its last words may be read after the news of its end: they must not meet another transaction either.
    else this.giveUp(slot);
    return slot;
  }

  #leave(slot: Slot): SocketId | undefined {
    const socket = this.#socketOf.get(slot);
    if (socket === undefined) return undefined;
    this.#socketOf.delete(slot);
    this.#identities.get(socket)!.waiting = undefined;
    return socket;
  }

  #replace(socket: SocketId): void {
    this.#identities.delete(socket);
    this.#sockets.close(socket);
    this.#open();
  }

  #open(): void {
    this.#identities.set(this.#sockets.open(), { up: false, waiting: undefined });
  }
}

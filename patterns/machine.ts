/**
 * What a machine is: a role's protocol without I/O. It takes one input at a time, synchronously, with the time as an
 * argument, and acts only through the effects it was given. Effects never re-enter it: what they cause arrives later,
 * as another input. That is what lets the same code run over libzmq, in virtual time, in a trace and in a fuzzer.
 */
import type {
  BrokerCounters,
  BrokerGauges,
  ClientCounters,
  ClientGauges,
  ServerCounters,
  ServerGauges,
} from './stats.ts';
import type { Delivery, Settlement } from './transaction.ts';

/** Whole microseconds of a monotonic clock whose zero means nothing. */
export type Micros = number;
export type SocketId = number;
/** Names a send to the machine that made it, should it come back in `unsent`. */
export type Token = number;
/** A pending transaction's place in its client; reused once it has settled. */
export type Slot = number;
/** A request's place in its server; reused once it was answered. */
export type Ticket = number;
export type Frames = readonly Uint8Array[];

/** Why a link changed: what was seen, not what happened (a disconnect is not a death). */
export type LinkCause = 'handshake' | 'disconnect';

export interface SocketError {
  readonly code: string;
  readonly endpoint?: string;
  readonly message: string;
}

/** A socket as a machine wants it. Sends never block (`sendTimeout` 0) and nothing lingers, on every socket. */
export interface SocketSpec {
  readonly type: 'req' | 'dealer' | 'router';
  /** Messages a pipe holds in each direction that names it; libzmq's 1000 where absent. Never 1 on a ROUTER: it loses replies. */
  readonly sendHighWaterMark?: number;
  readonly receiveHighWaterMark?: number;
  /** Queue only to connections that are up. Without it an endpoint that is down swallows up to the high-water mark. */
  readonly immediate?: boolean;
  /** REQ may send again before its reply came, and drops the replies to what it gave up. */
  readonly relaxedCorrelated?: boolean;
  /** ROUTER answers an unroutable message with `unsent` instead of dropping it. */
  readonly mandatory?: boolean;
  /** By which a ROUTER at the other end knows it: 1 to 255 bytes, the first not 0, no two alike. Made there where absent. */
  readonly routingId?: Uint8Array;
  /** A message the ROUTER hands its machine, from the peer's routing id, when that peer's connection ends. */
  readonly farewell?: Uint8Array;
  /** Bytes a single frame may have; a peer that sends more is disconnected. */
  readonly maxMessageBytes?: number;
  /** Called again after three quarters of it to twice as long. */
  readonly reconnectMs?: number;
  /**
   * ZMTP's own heartbeats: a connection ends of which nothing is heard for so long after one was sent. A peer's I/O thread
   * answers them, so they find a frozen process or a dead network, and never a blocked event loop. None where absent.
   */
  readonly transportHeartbeat?: { readonly intervalMs: number; readonly timeoutMs: number };
}

/** The one way a machine acts. Nothing here blocks, answers or throws. */
export interface Effects {
  open(spec: SocketSpec): SocketId;
  connect(socket: SocketId, endpoint: string): void;
  bind(socket: SocketId, endpoint: string): void;
  close(socket: SocketId): void;
  /** Hands frames to the socket. One that was not taken comes back as `unsent` with its token; silence promises nothing. */
  send(socket: SocketId, frames: Frames, token?: Token): void;
  /**
   * Tells the caller, once, and never within `transact`: the slot is not known there yet. A `committed` without a body ends
   * an answer in parts.
   */
  settle(slot: Slot, how: Settlement, body?: Uint8Array): void;
  /** The next part of an answer; a first one makes those before it void. */
  part(slot: Slot, body: Uint8Array, isFirst: boolean): void;
  /** Asks the handler's side to begin; it asks `mayExecute` first. */
  execute(ticket: Ticket, request: IncomingRequest): void;
  /** Chance in [0, 1), keyed, so that one draw more elsewhere does not change this one. */
  draw(key: string): number;
  /** What a bystander may want to know. Absent while nobody listens, so that notes cost nothing then: it comes and goes. */
  note?: ((note: Note) => void) | undefined;
}

/** Something that happened inside, for `debug`, histories and traces. */
export interface Note {
  readonly kind: string;
  readonly [detail: string]: string | number | boolean | undefined;
}

export interface Machine {
  /** A message came in. At a ROUTER `frames[0]` is the peer's routing id. Never throws, whatever the bytes. */
  received(now: Micros, socket: SocketId, frames: Frames): void;
  /** A send came back untaken: no room, or nobody there. Certain knowledge that it was not delivered. */
  unsent(now: Micros, socket: SocketId, token: Token, reason: 'full' | 'unreachable'): void;
  /** A connection came up (handshake done) or went down. */
  linked(now: Micros, socket: SocketId, endpoint: string, up: boolean, cause: LinkCause): void;
  /** A bind or a socket that cannot work. */
  failed(now: Micros, socket: SocketId, error: SocketError): void;
  /** Its deadline has come. */
  expired(now: Micros): void;
  /** The turn's inputs are all in: send what has gathered. */
  flush(now: Micros): void;
  /** When it next wants `expired`; Infinity for never. Later than `now` after every `flush`. */
  readonly deadline: Micros;
  /** Finish what was begun, take no more. `drained` turns true when nothing is left. */
  drain(now: Micros): void;
  readonly drained: boolean;
}

/** A transaction as the client's machine takes it; what it wants of it later it copies. */
export interface Order {
  readonly request: Uint8Array;
  readonly deadline: Micros;
  readonly delivery: Delivery;
  /** Its caller takes parts as they come, so that its answer can’t begin anew once the first is out. */
  readonly inParts?: boolean;
  /** The sequence of a transaction that is repeated; made by the machine otherwise. */
  readonly sequence?: number | undefined;
}

/** `transact` answers this when the limit of pending transactions is reached. */
export const FULL = -1;

export interface ClientMachine extends Machine {
  /** Takes a transaction; returns its slot, or FULL. */
  transact(now: Micros, order: Order): Slot;
  /** Gives up: settles as `withdrawn` or `abandoned`. Nothing happens where it has settled already. */
  abandon(now: Micros, slot: Slot): void;
  /** The sequence of the transaction in that slot, or of the one that has just settled. */
  sequenceOf(slot: Slot): number;
  /**
   * Another list of what to connect to. What is no longer in it is given nothing new, and keeps what it has until that
   * is answered, or settled otherwise.
   */
  endpoints(now: Micros, list: readonly string[]): void;
  /** How many peers can take a transaction now. */
  readonly available: number;
  /** How many transactions have not settled. */
  readonly pending: number;
  /** What it has counted, and how it stands. */
  stats(): ClientCounters & ClientGauges;
}

/** A request as the handler's side sees it. */
export interface IncomingRequest {
  readonly body: Uint8Array;
  readonly client: string;
  readonly sequence: number;
  readonly service: string;
  readonly attempt: number;
  readonly deadline: Micros;
}

/** How an execution ended: with a reply, after its last part, with an exception, or without an effect. */
export type Execution = 'committed' | 'ended' | 'rejected' | 'not-executed';

export interface BrokerMachine extends Machine {
  /** What it has counted, and how it stands. */
  stats(): BrokerCounters & BrokerGauges;
}

export interface ServerMachine extends Machine {
  /** Whether that attempt may take place now. A first `false` answers it "not executed", and ends the ticket. */
  mayExecute(now: Micros, ticket: Ticket): boolean;
  /** Whether an attempt that has begun may still take effect. */
  mayCommit(now: Micros, ticket: Ticket): boolean;
  /** The handler has one part more of its answer. */
  part(now: Micros, ticket: Ticket, body: Uint8Array): void;
  /** Whether parts come faster than they leave: a handler that has more should wait a moment. */
  readonly congested: boolean;
  /** The handler is done. */
  executed(now: Micros, ticket: Ticket, status: Execution, reply: Uint8Array): void;
  /** What it has counted, and how it stands. */
  stats(): ServerCounters & ServerGauges;
}

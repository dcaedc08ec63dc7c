/**
 * What goes on inside, as it happens. A listener is called after the input that caused the event was dealt with, in the
 * order in which things happened; so it may call whatever it likes. Where nobody listens, nothing is made to be told.
 */
import type { TransactionId } from './transaction.ts';

/** A server, or a broker where the pattern has them, answers. */
export interface PeerUp {
  readonly kind: 'peer-up';
  /** Its endpoint. */
  readonly peer: string;
  /** For how long it had been suspected, in milliseconds; absent where its connection is new. */
  readonly suspectMs?: number | undefined;
}

/**
 * A peer can no longer be relied on. One that was silent and whose connection then ends is told of twice, with each
 * cause; so is one told of that never came up: it was connected, and did not answer.
 */
export interface PeerDown {
  readonly kind: 'peer-down';
  /** Its endpoint; where the client listens, and can't know it, one of the client's own. */
  readonly peer: string;
  /**
   * What was seen, not what happened: `disconnect`, its connection ended (it died, closed, or the network broke);
   * `silence`, its connection stands and nothing came for `heartbeatTimeoutMs`; `removed`, `client.endpoints()` took it
   * off the list, and it holds nothing any more.
   */
  readonly cause: 'disconnect' | 'silence' | 'removed';
  /**
   * How long after the last sign of life it was found out, in milliseconds: at most so long after what happened to it.
   * Absent where it was removed, and in brokerless-req, where libzmq does not say which server it was that spoke.
   */
  readonly detectionMs?: number | undefined;
}

/** A transaction was handed over again. */
export interface Retried {
  readonly kind: 'retried';
  /** The transaction's. */
  readonly id: TransactionId;
  /** 2 for the second hand-over; one that came back untaken is none. */
  readonly attempt: number;
  /** The endpoint of the one that has it now; absent where libzmq chooses, and does not say. */
  readonly peer?: string | undefined;
}

/**
 * An answer came that no pending transaction waits for: most often to one that was given up, or was answered by another
 * server first. In the `retry` variant of brokerless-req libzmq drops the replies to what was sent again, and tells nobody.
 */
export interface LateReply {
  readonly kind: 'late-reply';
  /** The transaction's: another client's, where a broker or device mixed something up. */
  readonly id: TransactionId;
  /** The endpoint it came from; absent where libzmq does not say. */
  readonly peer?: string | undefined;
}

/**
 * What was seen of a handshake that failed: `unauthorized`, the listener does not let that key in; `mechanism`, one end
 * has CURVE and the other has not; `protocol`, it could not be decrypted, or understood; `broken-off`, the other end hung
 * up without a word, because it saw one of the others, or died.
 */
export type DenialCause = 'unauthorized' | 'mechanism' | 'protocol' | 'broken-off';

/**
 * A connection failed in its handshake: nothing was sent over it. It is tried again, so one that is wrong for good is told
 * of again and again, at most 2 s apart for the first two causes. What each mistake looks like at each end stands in
 * the README, under "Security".
 */
export interface Denied {
  readonly kind: 'denied';
  /** What was seen. */
  readonly cause: DenialCause;
  /** The same, in words. */
  readonly reason: string;
  /** What was called; where we listen it is our own. Absent where we turned a key away: the socket is not known then. */
  readonly endpoint?: string | undefined;
  /** Where we turned a key away: that key, in Z85. */
  readonly publicKey?: string | undefined;
  /** Where we turned a key away: the IP address that it came from; empty over `ipc://`. */
  readonly address?: string | undefined;
}

/** What a client tells, by kind. */
export interface ClientEvents {
  /** A connection failed in its handshake. */
  denied: Denied;
  /** A server or broker answers. */
  'peer-up': PeerUp;
  /** One can no longer be relied on. */
  'peer-down': PeerDown;
  /** A transaction was handed over again. */
  retried: Retried;
  /** An answer came that nobody waits for. */
  'late-reply': LateReply;
}

/** A request was not given to its handler: its lease or its deadline was over, as after a freeze of this server. */
export interface LeaseRefused {
  readonly kind: 'lease-refused';
  /** The transaction's. */
  readonly id: TransactionId;
}

/** A request came that had been executed, or was under way: it was answered without a second execution. */
export interface DuplicateSuppressed {
  readonly kind: 'duplicate-suppressed';
  /** The transaction's. */
  readonly id: TransactionId;
  /** Whether the first was still under way. */
  readonly isUnderWay: boolean;
}

/** A connection to a broker is up, and this server registers with it: once for each of its workers (7/MDP). */
export interface Registered {
  readonly kind: 'registered';
  /** The broker's endpoint. */
  readonly broker: string;
}

/** A registration is over. The server begins again on a new connection, unless it is closing. */
export interface BrokerLost {
  readonly kind: 'broker-lost';
  /** The broker's endpoint. */
  readonly broker: string;
  /**
   * What was seen: `disconnect`, the connection ended; `silence`, nothing came for `heartbeatTimeoutMs`; `disconnect
   * command`, the broker said so; `own silence`, this process stood still for so long that the broker may have given its
   * work away; and others, in words.
   */
  readonly cause: string;
}

/** What a server tells, by kind. */
export interface ServerEvents {
  /** A connection failed in its handshake. */
  denied: Denied;
  /** A request came too late to be executed. */
  'lease-refused': LeaseRefused;
  /** One came twice, and was executed once. */
  'duplicate-suppressed': DuplicateSuppressed;
  /** It registers with a broker, in the patterns that have one. */
  registered: Registered;
  /** It lost one. */
  'broker-lost': BrokerLost;
}

/** A worker registered. */
export interface WorkerReady {
  readonly kind: 'worker-ready';
  /** What it serves. */
  readonly service: string;
  /** How many that service has now. */
  readonly workers: number;
}

/** A worker is no more, or left. */
export interface WorkerLost {
  readonly kind: 'worker-lost';
  /** What it served. */
  readonly service: string;
  /**
   * What was seen: `disconnect`, its connection ended; `silence`, nothing came for its heartbeat timeout; `disconnect
   * command`, it said that it leaves; `protocol error`, it said what a worker may not; and others, in words.
   */
  readonly cause: string;
  /** Whether it had a request, which is then sent again where it may be. */
  readonly busy: boolean;
}

/** A request whose worker was lost goes to another. */
export interface Redelivered {
  readonly kind: 'retried';
  /** What it asks for. */
  readonly service: string;
}

/** What a broker tells, by kind. */
export interface BrokerEvents {
  /** A connection failed in its handshake. */
  denied: Denied;
  /** A worker registered. */
  'worker-ready': WorkerReady;
  /** One is no more. */
  'worker-lost': WorkerLost;
  /** A request whose worker was lost goes to another. */
  retried: Redelivered;
}

/**
 * Who can be listened to. A listener stands once under a kind, however often it is added.
 *
 * One that throws disturbs nothing: its error is told by `process.emitWarning`, the first time, and the listener stays.
 */
export interface Emitter<E> {
  /**
   * Calls the listener with every event of that kind from now on.
   * @throws {MisuseError} for a kind that there is not, or a listener that is no function.
   */
  on<K extends keyof E>(kind: K, listener: (event: E[K]) => void): this;
  /** The same, for the next event of that kind alone. */
  once<K extends keyof E>(kind: K, listener: (event: E[K]) => void): this;
  /** Nothing happens where that listener was not there. */
  off<K extends keyof E>(kind: K, listener: (event: E[K]) => void): this;
}

export const clientEventKinds = [
  'denied',
  'peer-up',
  'peer-down',
  'retried',
  'late-reply',
] as const satisfies readonly (keyof ClientEvents)[];
export const serverEventKinds = [
  'denied',
  'lease-refused',
  'duplicate-suppressed',
  'registered',
  'broker-lost',
] as const satisfies readonly (keyof ServerEvents)[];
export const brokerEventKinds = [
  'denied',
  'worker-ready',
  'worker-lost',
  'retried',
] as const satisfies readonly (keyof BrokerEvents)[];

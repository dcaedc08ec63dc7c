/**
 * What goes on inside, in figures. Counters begin at 0 with their role and only grow; gauges say how things are now.
 * Counting costs an addition each; a call of `stats()` makes a plain object that JSON and every meter can take.
 */
import type { FailureCode } from './transaction.ts';

/** What the machine of a client counts: the transport's side of its transactions. */
export interface ClientCounters {
  /** Hand-overs of a transaction to a peer, those that came back untaken included. */
  attempts: number;
  /** Attempts that came back at once, for want of room or of a connection: they reached nobody. */
  attemptsUnsent: number;
  /** Attempts that a server or broker answered with "not executed". */
  attemptsRefused: number;
  /** Attempts after the first of their transaction, each told as `retried`. */
  retries: number;
  /** Replies that no pending transaction waited for, each told as `late-reply`. */
  lateReplies: number;
  /** Messages that could not be understood, and were dropped. */
  malformed: number;
  /** How often a peer became ready, each told as `peer-up`. */
  peersUp: number;
  /** How often one was lost by the end of its connection, told as `peer-down` with cause `disconnect`. */
  peersDisconnected: number;
  /** How often one was suspected for its silence, told as `peer-down` with cause `silence`. */
  peersSilent: number;
  /** How often one that was up was let go by this client, its endpoint taken off the list: `peer-down` with cause `removed`. */
  peersRemoved: number;
}

/** How a client's peers stand now: the servers, or brokers where the pattern has them, that its list of endpoints names. */
export interface PeerGauges {
  /** Peers that can take a transaction, as `ready()` counts them. */
  readonly peersReady: number;
  /** Peers that are connected but have been silent for too long. Always 0 in patterns without heartbeats. */
  readonly peersSuspect: number;
  /** Peers that are neither: not connected, or connected and not able to serve (yet). */
  readonly peersDown: number;
}

/** How a client stands now. */
export interface ClientGauges extends PeerGauges {
  /** Transactions that have not settled and that no peer has: not handed over yet, or taken back to be handed over again. */
  readonly waiting: number;
}

/**
 * A client's figures. At any moment `transactions = committed + rejected + refused + unknown + pending`; after `close`,
 * `pending` is 0.
 */
export interface ClientStats extends Readonly<ClientCounters>, ClientGauges {
  /** Calls of `transact` that were no misuse, those refused at once included. */
  readonly transactions: number;
  /** Transactions that have not settled. */
  readonly pending: number;
  /** Those that have, by their outcome: here, a reply came. */
  readonly committed: number;
  /** Their handler threw. */
  readonly rejected: number;
  /** Certainly not executed, and never will be. */
  readonly refused: number;
  /** No telling whether they were executed. */
  readonly unknown: number;
  /** Those that did not commit, by the code of their error. */
  readonly failures: Readonly<Record<FailureCode, number>>;
  /** Connections that failed in their handshakes, each told as `denied`: tried again and again, so a sum of tries. */
  readonly denied: number;
  /** Payload of all transactions: of each once, however often it was tried. */
  readonly requestBytes: number;
  /** Payload of the replies of those that committed. */
  readonly replyBytes: number;
}

/** Why a server did not execute a request. */
export type RefusalReason = keyof ServerRefusals;

/** Requests that were answered "not executed", by reason. */
export interface ServerRefusals {
  /** Its lease or its deadline was over before its handler could begin. */
  lapsed: number;
  /** Its handler asked `mayCommit()`, was told no, and so took no effect. */
  uncommitted: number;
  /** As many were unanswered, or as much, as `queueLimit` and `queueLimitBytes` allow. */
  queueFull: number;
  /** The server was closing. */
  draining: number;
  /** It was for a service that is not this server's. */
  otherService: number;
}

/** What becomes of answers on their way out: of messages, which may carry several each. */
export interface AnswerCounters {
  /** How often one had to wait because its asker had no room for it. */
  answersHeld: number;
  /** Those given up: their asker was gone, or had no room until the request's deadline. */
  answersDropped: number;
}

/** What the machine of a server counts. */
export interface ServerCounters extends AnswerCounters {
  /** Requests that came in: attempts of transactions, repeated ones included. */
  requests: number;
  /** Handlers that began. */
  executions: number;
  /** Handlers that returned a reply. */
  committed: number;
  /** Handlers that threw, or returned what is not allowed. */
  rejected: number;
  /** Requests not executed. */
  readonly refusals: ServerRefusals;
  /** Requests that had been executed, or were under way: answered from memory, or along with the first. */
  duplicates: number;
  /** Messages that could not be understood, and were dropped. */
  malformed: number;
  /** How often a broker took this server's registration; 0 where servers listen themselves. */
  brokersUp: number;
  /** How often a broker was lost, whatever the cause. */
  brokersLost: number;
}

/** How a server stands now. */
export interface ServerGauges {
  /** Requests that are here and unanswered. */
  readonly owed: number;
  /** Those of them whose handlers run. */
  readonly running: number;
  /** Clients of which transactions are remembered, so that one that comes twice is executed once. */
  readonly clients: number;
  /** Transactions that are remembered. */
  readonly remembered: number;
}

/**
 * A server's figures. At any moment `requests = committed + rejected + duplicates + (the sum of refusals) + owed`, and
 * `executions = committed + rejected + refusals.uncommitted + running`.
 */
export interface ServerStats extends Readonly<Omit<ServerCounters, 'refusals'>>, ServerGauges {
  /** Requests not executed, by reason. */
  readonly refusals: Readonly<ServerRefusals>;
  /** Connections that failed in their handshakes, each told as `denied`. */
  readonly denied: number;
  /** Payload of the requests whose handlers began. */
  readonly requestBytes: number;
  /** Payload of the replies that handlers returned, and of the parts that they yielded. */
  readonly replyBytes: number;
}

/** Why a broker did not hand a request to a worker. */
export interface BrokerRefusals {
  /** No worker came for it while its client still waited. */
  expired: number;
  /** As many were waiting as its limits allow, in its service or in all, of its client or of all. */
  queueFull: number;
  /** It is for one service more than `servicesLimit` allows. */
  servicesFull: number;
  /** It is larger than `payloadLimitBytes`. */
  tooLarge: number;
  /** The broker was closing. */
  draining: number;
}

/** What the machine of a broker counts. */
export interface BrokerCounters extends AnswerCounters {
  /** Requests that came in, other than those to the broker itself. */
  requests: number;
  /** Answers of workers that were passed on. */
  answers: number;
  /** Requests that were not handed to a worker, or to no other after one that was lost. */
  readonly refusals: BrokerRefusals;
  /** Requests that a link delivered twice: dropped, as the first is answered. */
  duplicates: number;
  /** Requests sent again, because their worker was lost. */
  retries: number;
  /**
   * Requests given up: their worker was lost or did not execute them, and they may not be repeated, or nobody waits for
   * them any more.
   */
  abandoned: number;
  /** Messages that could not be understood, and were dropped. */
  malformed: number;
  /** How often a worker registered. */
  workersUp: number;
  /** How often one was lost, or left. */
  workersLost: number;
  /** How often a peer was told to disconnect. */
  disconnects: number;
}

/** How a broker stands now. */
export interface BrokerGauges {
  /** Requests that wait for a worker. */
  readonly waiting: number;
  /** What those take, with something for each of their frames. */
  readonly waitingBytes: number;
  /** Requests that are with workers. */
  readonly handed: number;
  /** Workers that are registered. */
  readonly workers: number;
  /** Services that have workers or requests. */
  readonly services: number;
}

/** A broker's figures. At any moment `requests = answers + abandoned + (the sum of refusals) + waiting + handed`. */
export interface BrokerStats extends Readonly<Omit<BrokerCounters, 'refusals'>>, BrokerGauges {
  /** Requests that were not handed to a worker, by reason. */
  readonly refusals: Readonly<BrokerRefusals>;
  /** Connections that failed in their handshake, each told as `denied`. */
  readonly denied: number;
}

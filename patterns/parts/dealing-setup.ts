import type { Packing } from './packing.ts';

/** What a client that deals transactions out must be told. */
export interface DealingSetup {
  readonly endpoints: readonly string[];
  readonly service: string;
  readonly clientId: string;
  readonly firstSequence: number;
  readonly pendingLimit: number;
  readonly window: number;
  readonly batchLimit: number;
  /** Where it depends on who takes them how many one message carries: it may say less than `batchLimit`. */
  readonly packing?: Packing;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly reconnectMs: number;
  /** Whether attempts carry leases, where the wire knows the servers' clocks. */
  readonly leases: boolean;
  /**
   * Where an answer is known only by the socket that it comes by: how many sockets go to each peer for transactions, each
   * with one at a time. Otherwise 0: one socket carries any number.
   */
  readonly identities: number;
  readonly maxMessageBytes: number;
  /**
   * Whether peers hand on what they were given, once more where they must: they count attempts further, and know by its
   * number, which stands in place of a lease's epoch, a message that a link delivers twice.
   */
  readonly areBrokers: boolean;
}

/** How many transactions a client that deals them out puts into one message, where that depends on who takes it. */
import type { Micros } from '../machine.ts';

export interface Packing {
  /** How many one message to that peer may carry, of so many that are pending. */
  limit(peer: number, pending: number): number;
  /** Whether those that wait are too few to leave: more are about to come, and none waits for long. */
  holds(now: Micros, waiting: number, limit: number): boolean;
  /** When those that are held leave, however few. */
  readonly deadline: Micros;
  /** A message of answers came from that peer; this stood in its first envelope in place of a lease. */
  answered(peer: number, leaseUntil: number): void;
  /** Its connection is gone, and with it what is known of whoever is behind it. */
  forget(peer: number): void;
}

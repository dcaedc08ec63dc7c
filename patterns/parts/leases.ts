/**
 * Leases as a server keeps them: until when, by its own clock, the attempts of a session's epoch may begin. A client
 * says how long in the server's clock, which it knows from the last heartbeat that was answered; so what lay in the
 * buffers of a server that froze grants nothing new when it thaws.
 */
import type { Micros } from '../machine.ts';
import type { Envelope } from './envelope.ts';

/** One epoch of one session. Attempts hold on to it: a heartbeat extends them all at once. */
export interface Lease {
  readonly epoch: number;
  until: Micros;
  /** Nobody can extend it: it says when a handler may begin, and not how long it may take. */
  readonly isFixed?: boolean;
}

export class Leases {
  readonly #incarnation: number;
  readonly #sessions = new Map<string, Lease>();
  /** The session whose attempt came last: mostly the next is its own too. */
  #latest: string | undefined;
  #latestLease: Lease | undefined;
  #sweepAt = sweepAtMin;

  constructor(incarnation: number) {
    this.#incarnation = incarnation;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /**
   * The lease that an envelope of that session brings, extended by it. One without an incarnation comes from a client that
   * can't know which server it will reach, a REQ: its lease is so long from its arrival. Undefined where there is none, as
   * from peers that know no leases: their attempts are bounded by their deadline alone.
   */
  of(arrival: Micros, session: string, envelope: Envelope): Lease | undefined {
    if (envelope.incarnation === 0) return fixedLease(arrival, envelope);
    if (envelope.incarnation !== this.#incarnation) return lapsed;
    const known = session === this.#latest ? this.#latestLease : this.#sessions.get(session);
    if (known !== undefined && known.epoch >= envelope.epoch) {
      if (known.epoch !== envelope.epoch) return lapsed;
      known.until = Math.max(known.until, envelope.leaseUntil);
      return this.#use(session, known);
    }
    if (this.#sessions.size >= this.#sweepAt) this.#sweep(arrival);
    const lease = { epoch: envelope.epoch, until: envelope.leaseUntil };
    this.#sessions.set(session, lease);
    return this.#use(session, lease);
  }

  #use(session: string, lease: Lease): Lease {
    this.#latest = session;
    this.#latestLease = lease;
    return lease;
  }

  /**
   * Sessions whose lease is long over are forgotten; a client that comes back brings what is needed. Of too many that claim
   * to live the oldest go: what they hold lapses, which errs on the safe side.
   */
  #sweep(now: Micros): void {
    this.#latest = undefined;
    for (const [session, lease] of this.#sessions) if (lease.until < now) this.#sessions.delete(session);
    const keep = this.#sessions.size < sessionsMax ? sessionsMax : sessionsMax / 2;
    for (const session of this.#sessions.keys()) {
      if (this.#sessions.size <= keep) break;
      this.#sessions.delete(session);
    }
    // Twice what is left, so that a sweep costs no more than what came since the one before.
    this.#sweepAt = Math.min(sessionsMax, Math.max(sweepAtMin, 2 * this.#sessions.size));
  }
}

/** Whether it says how long a lease is, from its arrival, instead of until when. */
export function isFixed({ incarnation, leaseUntil }: Envelope): boolean {
  return incarnation === 0 && leaseUntil !== 0;
}

function fixedLease(arrival: Micros, { leaseUntil, epoch }: Envelope): Lease | undefined {
  return leaseUntil === 0 ? undefined : { epoch, until: arrival + leaseUntil, isFixed: true };
}

/** What was granted to another life of this server, or to an epoch that is over. */
const lapsed: Lease = Object.freeze({ epoch: -1, until: Number.NEGATIVE_INFINITY });
const sweepAtMin = 1024;
const sessionsMax = 65_536;

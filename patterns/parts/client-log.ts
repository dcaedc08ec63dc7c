/**
 * What a client's machine says of itself: each thing is counted and noted in one place, so that figures and events agree.
 * Where nobody listens, a note is not even made.
 */
import type { Effects, LinkCause } from '../machine.ts';
import type { ClientCounters } from '../stats.ts';
import type { Envelope } from './envelope.ts';

/** Why a peer is no longer ready: what was seen, not what happened to it. */
type DownCause = Exclude<LinkCause, 'handshake'> | 'silence' | 'removed';

export class ClientLog {
  readonly #effects: Effects;
  readonly counters: ClientCounters = {
    attempts: 0,
    attemptsUnsent: 0,
    attemptsRefused: 0,
    retries: 0,
    lateReplies: 0,
    malformed: 0,
    peersUp: 0,
    peersDisconnected: 0,
    peersSilent: 0,
    peersRemoved: 0,
  };

  constructor(effects: Effects) {
    this.#effects = effects;
  }

  /** `peer` is absent where libzmq chooses, and does not say. */
  attempted(sequence: number, attempt: number, peer?: string): void {
    this.counters.attempts++;
    if (attempt > 1) {
      this.counters.retries++;
      this.#effects.note?.({ kind: 'retried', sequence, attempt, peer });
    }
    this.#effects.note?.({ kind: 'attempt', sequence, attempt, peer });
  }

  refused({ sequence, attempt }: Envelope, peer?: string): void {
    this.counters.attemptsRefused++;
    this.#effects.note?.({ kind: 'turned-away', sequence, attempt, peer });
  }

  repliedLate({ client, sequence }: Envelope, peer?: string): void {
    this.counters.lateReplies++;
    this.#effects.note?.({ kind: 'late-reply', client, sequence, peer });
  }

  malformed(peer?: string): void {
    this.counters.malformed++;
    this.#effects.note?.({ kind: 'malformed', peer });
  }

  /** `suspectMs`: for how long it had been suspected, where it was. */
  peerUp(peer: string, suspectMs?: number): void {
    this.counters.peersUp++;
    this.#effects.note?.({ kind: 'peer-up', peer, suspectMs });
  }

  /** `detectionMs`: how long after it was last heard, where that is known. */
  peerDown(peer: string, cause: DownCause, detectionMs?: number): void {
    if (cause === 'silence') this.counters.peersSilent++;
    else if (cause === 'removed') this.counters.peersRemoved++;
    else this.counters.peersDisconnected++;
    this.#effects.note?.({ kind: 'peer-down', peer, cause, detectionMs });
  }
}

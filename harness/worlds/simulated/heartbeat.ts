/**
 * ZMTP's own heartbeats at one end of a connection: every so often a PING, which the peer's I/O thread answers as long as
 * its process runs and their link passes both ways. Where nothing comes for the timeout after one, the connection ends.
 */
import type { Micros, SocketSpec } from '../../../patterns/machine.ts';
import type { EventQueue } from './event-queue.ts';
import type { Host } from './host.ts';

export interface Line {
  readonly host: Host;
  readonly peer: Host;
  /** This end has done with it. */
  readonly isOver: boolean;
  /** Whether a PING that is sent now is answered. */
  readonly answers: boolean;
  /** How many messages have come. */
  readonly arrived: number;
  /** Nothing was heard for too long. */
  silent(): void;
}

export class Heartbeat {
  readonly #queue: EventQueue;
  readonly #interval: Micros;
  readonly #timeout: Micros;
  readonly #line: Line;
  /** Of the first PING that is not answered; and what had come by then. */
  #since: Micros | undefined;
  #heard = 0;

  constructor(queue: EventQueue, spec: NonNullable<SocketSpec['transportHeartbeat']>, line: Line) {
    this.#queue = queue;
    this.#interval = spec.intervalMs * 1000;
    this.#timeout = spec.timeoutMs * 1000;
    this.#line = line;
    this.#queue.at(queue.now + this.#interval, this.#beat);
  }

  readonly #beat = (): void => {
    const { host, peer, isOver, answers } = this.#line;
    if (isOver || host.state === 'dead') return;
    if (host.state === 'paused') {
      host.whenAwake(this.#beat);
      return;
    }
    if (this.#since === undefined && !answers) {
      const since = this.#queue.now;
      this.#since = since;
      this.#heard = this.#line.arrived;
      this.#queue.at(since + this.#timeout, () => this.#due(since));
      if (peer.state === 'paused') peer.whenAwake(() => this.#answered(since));
    }
    this.#queue.at(this.#queue.now + this.#interval, this.#beat);
  };

  #answered(since: Micros): void {
    if (this.#since === since && this.#line.peer.state === 'running') this.#since = undefined;
  }

  #due(since: Micros): void {
    const { host, isOver, answers, arrived } = this.#line;
    if (isOver || this.#since !== since || host.state === 'dead') return;
    if (answers || arrived !== this.#heard) this.#since = undefined;
    else if (host.state === 'paused') host.whenAwake(() => this.#due(since));
    else this.#line.silent();
  }
}

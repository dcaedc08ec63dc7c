/**
 * A socket's end of what leads to one peer. It counts whole messages against the high-water mark for as long as the
 * kernel has not taken them; so with a live connection it is all but never full, and with none it swallows up to the mark.
 * Of what was taken it hears half a mark at a time: up to so many less may fit.
 */
import type { Frames, Micros } from '../../../patterns/machine.ts';
import type { Flow } from './flow.ts';
import type { Host } from './host.ts';
import type { SimulatedSocket } from './socket.ts';

export class Pipe {
  readonly socket: SimulatedSocket;
  /** The routing id that a ROUTER knows this peer by, once it does. */
  routingId: Uint8Array | undefined;
  readonly #sendHighWaterMark: number;
  /** It is told whenever the kernel has taken so many more (`compute_lwm` of libzmq's pipe). */
  readonly #lowWaterMark: number;
  readonly #receiveHighWaterMark: number;
  /** Written by the socket, and not yet taken by a kernel. */
  readonly #waiting: Frames[] = [];
  #written = 0;
  /** Who is at the other end of its connection, or was. */
  #peer: Host | undefined;
  #flow: Flow | undefined;
  #incoming: Flow | undefined;
  #unread = 0;
  /** Not seen by its own socket before then. */
  #attachedAt: Micros = 0;
  #isEnded = false;
  #isLost = false;

  constructor(socket: SimulatedSocket, highWaterMark: number) {
    this.socket = socket;
    this.#sendHighWaterMark = socket.spec.sendHighWaterMark ?? highWaterMark;
    this.#lowWaterMark = Math.floor((this.#sendHighWaterMark + 1) / 2);
    this.#receiveHighWaterMark = socket.spec.receiveHighWaterMark ?? highWaterMark;
  }

  get host(): Host {
    return this.socket.host;
  }

  get peer(): Host | undefined {
    return this.#peer;
  }

  /** Messages that have come and were not read. */
  get unread(): number {
    return this.#unread;
  }

  get hasRoom(): boolean {
    return this.#unread < this.#receiveHighWaterMark;
  }

  /** Whether what had come and was not read is gone as well. */
  get isLost(): boolean {
    return this.#isLost;
  }

  isWritable(now: Micros): boolean {
    if (this.#isEnded || now < this.#attachedAt) return false;
    const taken = this.#written - this.#waiting.length - (this.#flow?.notYetLeft(now) ?? 0);
    return this.#written - (taken - (taken % this.#lowWaterMark)) < this.#sendHighWaterMark;
  }

  write(frames: Frames): void {
    this.#written++;
    if (this.#flow === undefined || this.#waiting.length > 0 || !this.#flow.take(frames)) this.#waiting.push(frames);
  }

  /** A connection begins. What was written before it goes over it. */
  link(peer: Host, flow: Flow, incoming: Flow, attachedAt: Micros = 0): void {
    this.#peer = peer;
    this.#flow = flow;
    this.#incoming = incoming;
    this.#attachedAt = attachedAt;
    this.refill();
    this.socket.lookForRoom();
  }

  /** The connection is gone. What no kernel had taken stays; whoever ends the pipe drops it. */
  unlink(): void {
    this.#flow = undefined;
    this.#incoming = undefined;
  }

  /** Its process stopped, or its socket closed: what has not left, leaves later or never. */
  recall(): void {
    if (this.#flow !== undefined) this.#waiting.unshift(...this.#flow.recall());
  }

  /** The kernel may have room again. */
  refill(): void {
    if (this.#waiting.length === 0 || this.host.state !== 'running') return;
    while (this.#flow !== undefined && this.#waiting.length > 0 && this.#flow.take(this.#waiting[0]!)) {
      this.#waiting.shift();
    }
  }

  thaw(chance: number): void {
    this.#incoming?.thaw(chance);
    this.refill();
  }

  /** Whether none of the frames is larger than its socket takes. */
  allows(frames: Frames): boolean {
    const { maxMessageBytes } = this.socket.spec;
    return maxMessageBytes === undefined || frames.every((frame) => frame.length <= maxMessageBytes);
  }

  deliver(frames: Frames): void {
    this.#unread++;
    this.socket.lookForRoom();
    this.socket.incoming.add({ pipe: this, frames, turn: this.socket.turn });
    this.host.hear({ kind: 'message', socket: this.socket });
  }

  /** Its socket took a message, or dropped it. */
  read(): void {
    if (this.#unread-- === this.#receiveHighWaterMark) this.#incoming?.pull();
  }

  /** No more is written to it; nor read from it, where what it holds is `lost`. */
  end(isLost = false): void {
    this.#isEnded = true;
    this.#isLost = isLost;
    this.#waiting.length = 0;
  }
}

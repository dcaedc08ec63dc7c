/** One connection: two flows, and the news of its end, which each side hears in its own time. */
import { drawNth } from '../../../patterns/parts/chance.ts';
import type { EventQueue } from './event-queue.ts';
import { Flow } from './flow.ts';
import { nodeOfLife } from './host.ts';
import type { Network } from './network.ts';
import type { Pipe } from './pipe.ts';
import { deathTime, farewellTime, within } from './timings.ts';

export interface LinkEnd {
  readonly pipe: Pipe;
  /** The connection is gone, as its own side sees it. */
  lost(): void;
}

export class Link {
  readonly #network: Network;
  readonly #queue: EventQueue;
  readonly #seed: number;
  readonly #ends: readonly [LinkEnd, LinkEnd];
  readonly #pipes: readonly [Pipe, Pipe];
  readonly #flows: readonly [Flow, Flow];
  #isBroken = false;

  constructor(network: Network, seed: number, connector: LinkEnd, acceptor: LinkEnd) {
    const { queue, ways } = network;
    this.#network = network;
    this.#queue = queue;
    this.#seed = seed;
    const [from, to] = [connector.pipe, acceptor.pipe];
    this.#ends = [connector, acceptor];
    this.#pipes = [from, to];
    this.#flows = [
      new Flow(queue, seed ^ 0x55555555, from, to, ways, this.#tooLarge),
      new Flow(queue, seed ^ 0x2aaaaaaa, to, from, ways, this.#tooLarge),
    ];
  }

  /** Both ends may be written to from here on. */
  begin(attachedAt: number): void {
    const [forward, back] = this.#flows;
    const [connector, acceptor] = this.#pipes;
    acceptor.link(connector.host, back, forward);
    connector.link(acceptor.host, forward, back, attachedAt);
  }

  /** The way from that node to the other; undefined where the connection is not theirs. */
  way(from: string, to: string): Flow | undefined {
    const [connector, acceptor] = this.#pipes.map((pipe) => nodeOfLife(pipe.host.name)) as [string, string];
    if (connector === from && acceptor === to) return this.#flows[0];
    return connector === to && acceptor === from ? this.#flows[1] : undefined;
  }

  /** A RST for both: what was under way is gone, and each side hears in its own time, or when it thaws. */
  reset(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#network.forget(this);
    for (const flow of this.#flows) flow.cut();
    for (const [side, pipe] of this.#pipes.entries()) {
      const hear = () => {
        if (pipe.host.state === 'paused') pipe.host.whenAwake(hear);
        if (pipe.host.state !== 'running') return;
        pipe.unlink();
        this.#ends[side]!.lost();
      };
      this.#queue.at(this.#queue.now + within(farewellTime, drawNth(this.#seed, 1 + side)), hear);
    }
  }

  /** A peer sent more than the receiver allows: it ends the connection, and both hear of it. */
  readonly #tooLarge = (receiver: Pipe): void => {
    if (this.#isBroken) return;
    this.break(receiver);
    receiver.unlink();
    this.#ends[this.#pipes[0] === receiver ? 0 : 1]!.lost();
  };

  /**
   * The side of that pipe is gone. What its kernel had still arrives; what was on its way to it is lost, and so is what
   * the other side sends until it hears. `lingers`: it sees to it that all it wrote has left.
   */
  break(by: Pipe, lingers = false): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    const side = this.#pipes[0] === by ? 0 : 1;
    const other = this.#pipes[1 - side]!;
    const leaving = this.#flows[side]!;
    if (!lingers) leaving.recall();
    this.#flows[1 - side]!.cut();
    const time = by.host.state === 'dead' ? deathTime : farewellTime;
    const heardAt = this.#queue.now + within(time, drawNth(this.#seed, 0));
    // A peer that stands still finds both the last words and the end of the connection when it thaws, in this order.
    const hear = () => {
      if (other.host.state === 'paused') other.host.whenAwake(hear);
      else if (leaving.isHeld) this.#network.whenReleased(hear);
      else if (other.host.state === 'dead') {
        leaving.cut();
        this.#network.forget(this);
      } else if (leaving.lastArrival >= this.#queue.now) this.#queue.at(leaving.lastArrival + 1, hear);
      else {
        leaving.cut();
        this.#network.forget(this);
        other.unlink();
        this.#ends[1 - side]!.lost();
      }
    };
    this.#queue.at(heardAt, hear);
  }
}

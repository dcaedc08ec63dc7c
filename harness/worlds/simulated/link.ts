/** One connection: two flows, and the news of its end, which each side hears in its own time, or not at all. */
import type { Micros } from '../../../patterns/machine.ts';
import { drawNth } from '../../../patterns/parts/chance.ts';
import type { EventQueue } from './event-queue.ts';
import { Flow, type FlowEnds } from './flow.ts';
import { Heartbeat } from './heartbeat.ts';
import { nodeOfLife } from './host.ts';
import type { LinkFaults } from './link-faults.ts';
import type { Network, Ways } from './network.ts';
import { Obstacles } from './obstacles.ts';
import type { Pipe } from './pipe.ts';
import { tickingWaits, usualWaits } from './retransmission.ts';
import { farewellTime, within } from './timings.ts';

export interface LinkEnd {
  readonly pipe: Pipe;
  /** The connection is gone, as its own side sees it. */
  lost(): void;
}

/** The connector's, or the acceptor's. */
type Side = 0 | 1;

export class Link {
  readonly #faults: LinkFaults;
  readonly #queue: EventQueue;
  readonly #seed: number;
  readonly #ends: readonly [LinkEnd, LinkEnd];
  readonly #pipes: readonly [Pipe, Pipe];
  /** The connector's node, and the acceptor's. */
  readonly #nodes: readonly [string, string];
  readonly #ways: Ways;
  /** Those that leave the connector, and the acceptor. */
  readonly #flows: readonly [Flow, Flow];
  /** Which sides know that it is over. */
  readonly #isOver: [boolean, boolean] = [false, false];

  constructor(network: Network, seed: number, connector: LinkEnd, acceptor: LinkEnd) {
    const { queue, faults } = network;
    this.#faults = faults;
    this.#queue = queue;
    this.#seed = seed;
    this.#ways = network.ways;
    const [from, to] = [connector.pipe, acceptor.pipe];
    this.#ends = [connector, acceptor];
    this.#pipes = [from, to];
    this.#nodes = [nodeOfLife(from.host.name), nodeOfLife(to.host.name)];
    const [there, back] = faults.between(...this.#nodes);
    const proxy = network.proxyBetween(...this.#nodes);
    const ends = (side: Side): FlowEnds => ({
      acknowledges: () => this.#flows[other(side)].acknowledged(),
      tooLarge: this.#tooLarge,
      cutInFrame: () => this.reset(),
      happened: (what) => faults.happened(what),
      proxyTakes: () => proxy?.takes ?? 0,
    });
    const { ways } = network;
    const isCaller = rankOf(this.#nodes[0]) < rankOf(this.#nodes[1]);
    const waits = (isOfRequests: boolean) =>
      ways.isMachine ? tickingWaits(isOfRequests, drawNth(seed, 4)) : usualWaits;
    this.#flows = [
      new Flow(queue, seed ^ 0x55555555, from, to, ways, new Obstacles(there, back, waits(isCaller)), ends(0)),
      new Flow(queue, seed ^ 0x2aaaaaaa, to, from, ways, new Obstacles(back, there, waits(!isCaller)), ends(1)),
    ];
  }

  /** Both ends may be written to from here on. */
  begin(attachedAt: number): void {
    const [forward, back] = this.#flows;
    const [connector, acceptor] = this.#pipes;
    acceptor.link(connector.host, back, forward);
    connector.link(acceptor.host, forward, back, attachedAt);
    // It takes its place among the others when it is seen, and not when it is next wanted.
    if (attachedAt > 0) this.#queue.at(attachedAt, () => connector.socket.lookForRoom());
    this.#beatAt(0);
    this.#beatAt(1);
  }

  #beatAt(side: Side): void {
    const { socket, host } = this.#pipes[side];
    if (socket.spec.transportHeartbeat === undefined) return;
    const peer = this.#pipes[other(side)].host;
    const [isOver, flows] = [this.#isOver, this.#flows];
    new Heartbeat(this.#queue, socket.spec.transportHeartbeat, {
      host,
      peer,
      get isOver() {
        return isOver[side];
      },
      get answers() {
        return peer.state === 'running' && flows.every((flow) => !flow.isClosed && !flow.isLossy);
      },
      get arrived() {
        return flows[other(side)].arrived;
      },
      silent: () => this.#end(side),
    });
  }

  isBetween(one: string, other: string): boolean {
    const [connector, acceptor] = this.#nodes;
    return (connector === one && acceptor === other) || (connector === other && acceptor === one);
  }

  /** What is the matter with it is another thing now. */
  changed(): void {
    for (const flow of this.#flows) flow.changed();
  }

  /** A RST for both: what was under way is gone, and each side hears in its own time, behind what its kernel has. */
  reset(): void {
    for (const flow of this.#flows) flow.truncate();
    this.#hearsReset(0);
    this.#hearsReset(1);
  }

  /** A RST for the receiver of what that node sends. The sender is not told, and what either goes on to say is lost. */
  halfOpen(sender: string): void {
    for (const flow of this.#flows) flow.deafen();
    this.#flows[this.#sideOf(sender)].truncate();
    this.#hearsReset(other(this.#sideOf(sender)));
  }

  /** A FIN for the receiver of what that node sends, which closes its side when it reads that: so its sender hears too. */
  halfClose(sender: string): void {
    const side = this.#sideOf(sender);
    this.#flows[side].deafen();
    const hear = () => this.#hearsEnd(other(side), () => this.#leave(other(side), true));
    this.#afterFarewell(3, hear);
  }

  /**
   * The side of that pipe is gone. What its kernel had still arrives; what was on its way to it is lost, and so is what
   * the other side sends until it hears. `lingers`: it sees to it that all it wrote has left.
   */
  break(by: Pipe, lingers = false): void {
    const side = this.#pipes[0] === by ? 0 : 1;
    if (this.#isOver[side]) return;
    this.#over(side);
    this.#leave(side, lingers);
  }

  /** A peer sent more than the receiver allows. */
  readonly #tooLarge = (receiver: Pipe): void => this.#end(this.#pipes[0] === receiver ? 0 : 1);

  /** That side wants no more of it: it ends the connection, and both hear of it. */
  #end(side: Side): void {
    if (this.#isOver[side]) return;
    const pipe = this.#pipes[side];
    this.break(pipe);
    pipe.unlink();
    this.#ends[side].lost();
  }

  #leave(side: Side, lingers: boolean): void {
    const leaving = this.#flows[side];
    if (!lingers) leaving.recall();
    this.#flows[other(side)].cut();
    const pass = () => {
      if (leaving.isClosed) leaving.whenOpen(pass);
      else if (leaving.isLossy) this.#faults.happened('end not heard');
      else if (!leaving.isPast) this.#afterwards(leaving, pass);
      else this.#hearsEnd(other(side), () => undefined);
    };
    const chance = drawNth(this.#seed, 0);
    const { state, dying } = this.#pipes[side].host;
    const isKilled = state === 'dead' && !lingers;
    const time = isKilled ? within(this.#ways.death, chance) + dying : within(farewellTime, chance);
    this.#queue.at(this.#queue.now + time, pass);
  }

  /** A peer that stands still finds both the last words and the end of the connection when it thaws, in this order. */
  #hearsEnd(side: Side, then: () => void): void {
    const { host } = this.#pipes[side];
    const last = this.#flows[other(side)];
    const hear = () => {
      if (this.#isOver[side]) return;
      if (host.state === 'paused') host.whenAwake(() => this.#wakesTo(hear, side));
      else if (host.state === 'running' && last.lastArrival >= this.#queue.now) this.#afterwards(last, hear);
      // Its pipe is full, and what the kernel has comes first.
      else if (host.state === 'running' && last.isHeld) this.#queue.at(this.#queue.now + heldLook, hear);
      else {
        last.cut();
        this.#ended(side);
        then();
      }
    };
    hear();
  }

  /** Its kernel has known of it for long; a machine's process takes as long as any other to hear. */
  #wakesTo(hear: () => void, side: Side): void {
    if (this.#ways.isMachine) this.#afterFarewell(7 + side, hear);
    else hear();
  }

  /** Once the last of it is due; or what is the matter with its link is another thing, by which that may be sooner. */
  #afterwards(flow: Flow, go: () => void): void {
    let isDone = false;
    const once = () => {
      if (!isDone) go();
      isDone = true;
    };
    this.#queue.at(flow.lastArrival + 1, once);
    flow.whenOpen(once);
  }

  #hearsReset(side: Side): void {
    const hear = () => this.#hearsEnd(side, () => undefined);
    const soon = () => this.#afterFarewell(1 + side, hear);
    // It has to wake for that first.
    if (this.#ways.isMachine) this.#pipes[side].host.whenAwake(soon);
    else soon();
  }

  /** @param nth which of its draws says how long that is. */
  #afterFarewell(nth: number, hear: () => void): void {
    this.#queue.at(this.#queue.now + within(farewellTime, drawNth(this.#seed, nth)), hear);
  }

  /** That side is told; the dead hear nothing. */
  #ended(side: Side): void {
    this.#over(side);
    const pipe = this.#pipes[side];
    if (pipe.host.state !== 'running') return;
    pipe.unlink();
    this.#ends[side].lost();
  }

  #over(side: Side): void {
    this.#isOver[side] = true;
    if (this.#isOver[other(side)]) this.#faults.forget(this);
  }

  #sideOf(node: string): Side {
    return this.#nodes[0] === node ? 0 : 1;
  }
}

/** How often a receiver that has no room is looked at. */
const heldLook: Micros = 1_000;

function other(side: Side): Side {
  return side === 0 ? 1 : 0;
}

/** Requests go to whoever is further from the client. */
function rankOf(node: string): number {
  return ['client', 'broker', 'server'].findIndex((role) => node.startsWith(role));
}

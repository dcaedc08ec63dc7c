/**
 * One life of a process: a machine, its sockets, its timer and its one thread, in virtual time. The same order as in the
 * driver over libzmq: one input at a time; what it causes is done after it returned; what came back unsent is told next;
 * then the turn is flushed. A process that stands still keeps its inbox, its timer and its results for when it wakes.
 */
import type { Effects, Machine, Micros, SocketId } from '../../../patterns/machine.ts';
import { draw } from '../../../patterns/parts/chance.ts';
import type { Failpoint } from '../../faults/fault.ts';
import { type Host, nodeOfLife, type SocketInput } from './host.ts';
import { Moments } from './moments.ts';
import type { Network } from './network.ts';
import { SimulatedSocket } from './socket.ts';
import { exponential, holdUpEvery, threadWake, timerLag, turn, within } from './timings.ts';
import type { Watcher } from './watcher.ts';

/** Where a machine meets the promise side. */
export interface Facade {
  settle?: Effects['settle'];
  part?: Effects['part'];
  execute?: Effects['execute'];
  /** Every turn's end. */
  turned?(): void;
  note?: Effects['note'];
  /** Where there is no handler: a message was read, or has been sent. Throws `struckDown` where it is the process's end. */
  passes?(point: Failpoint): void;
}

/** Thrown through a turn whose process has died in it. */
export const struckDown = Symbol('struck down');

/** A call on the machine: of the caller's, or a handler's that is done. */
export type Call = () => void;
type Item = SocketInput | Call;

export class SimulatedProcess<M extends Machine = Machine> implements Host {
  readonly name: string;
  readonly machine: M;
  readonly #network: Network;
  /** The same of a node's life that begins then, whichever of its lives that is. */
  readonly #key: string;
  readonly #seed: number;
  readonly #chance: Moments;
  readonly #facade: Facade;
  readonly #watcher: Watcher | undefined;
  readonly #sockets: (SimulatedSocket | undefined)[] = [];
  readonly #inbox: Item[] = [];
  readonly #causes: Call[] = [];
  readonly #unsent: { socket: SocketId; token: number; reason: 'full' | 'unreachable' }[] = [];
  readonly #sleepers: (() => void)[] = [];
  #state: Host['state'] = 'running';
  #dying: Micros = 0;
  #busyUntil: Micros = 0;
  #slowness: Micros = 0;
  #slowUntil: Micros = 0;
  #isWaking = false;
  /** What its thread is at. */
  #continuation: Call | undefined;
  /** When the machine wants its timer, and when that fires. */
  #deadline: Micros = NEVER;
  #timerAt: Micros = NEVER;
  #isActing = false;
  /** The turn that is under way froze in the middle: the rest of it comes when the process wakes. */
  #isMidTurn = false;
  /** Causes that are still done before the process freezes; NEVER where it is not to. */
  #freezeIn = NEVER;
  #whenFrozen: ((isFrozen: boolean) => void) | undefined;
  readonly #failure: (error: unknown) => void;

  constructor(
    network: Network,
    name: string,
    make: (effects: Effects) => M,
    facade: Facade,
    failure: (error: unknown) => void,
    watcher?: Watcher,
  ) {
    this.#network = network;
    this.name = name;
    this.#key = `${nodeOfLife(name)}@${network.queue.now}`;
    this.#seed = network.seedOf(this.#key);
    this.#chance = new Moments(network.queue, this.#seed);
    this.#facade = facade;
    this.#failure = failure;
    this.#watcher = watcher;
    if (network.ways.holdUp > 0) this.#holdUpLater();
    this.machine = make(this.#effects());
    this.#turnBegun(() => undefined);
  }

  get state(): Host['state'] {
    return this.#state;
  }

  get dying(): Micros {
    return this.#dying;
  }

  get now(): Micros {
    return this.#network.queue.now;
  }

  hear(input: SocketInput, isAhead = false): void {
    if (this.#state === 'dead') return;
    if (isAhead) this.#inbox.splice(this.#behindNews(), 0, input);
    else this.#inbox.push(input);
    this.#wake();
  }

  /** The first place in the inbox at which news of connections overtakes none that came before. */
  #behindNews(): number {
    return 1 + this.#inbox.findLastIndex((item) => typeof item !== 'function' && item.kind === 'linked');
  }

  /** Gives the machine a call, in a turn of its own. */
  call(call: Call): void {
    if (this.#state === 'dead') return;
    this.#inbox.push(call);
    this.#wake();
  }

  /** Gives the machine a call at once, whatever waits: the last that it does. */
  lastCall(call: Call): void {
    if (this.#state === 'running') this.#turnBegun(call);
  }

  /** Calls back after so long, on this process's thread; never where it has died by then. */
  after(delay: Micros, call: Call): void {
    this.#network.queue.at(this.now + this.#timerDelay(delay), () => this.call(call));
  }

  whenAwake(callback: () => void): void {
    if (this.#state === 'running') callback();
    else this.#sleepers.push(callback);
  }

  /** SIGSTOP; it is told whether it froze, or died before. With `causes` it freezes in the middle of a turn, after so many effects, or at once where no turn comes soon. */
  pause(causes: number | undefined, whenFrozen: (isFrozen: boolean) => void): void {
    const before = this.#whenFrozen;
    this.#whenFrozen = (isFrozen) => {
      before?.(isFrozen);
      whenFrozen(isFrozen);
    };
    if (causes === undefined) this.#freeze();
    else {
      this.#freezeIn = causes;
      this.#network.queue.at(this.now + midTurnPatience, () => {
        if (this.#freezeIn !== NEVER) this.#freeze();
      });
    }
  }

  /** Its thread is busy with something else for so long; its sockets go on. */
  stall(lasts: Micros): void {
    this.#busyUntil = Math.max(this.#busyUntil, this.now + lasts);
  }

  /** What its thread does now takes so much longer. */
  busy(by: Micros): void {
    this.#busyUntil = Math.max(this.#busyUntil, this.now) + by;
  }

  /** Goes on with what its thread is at, which takes so long; nothing else comes in between. */
  goOn(takes: Micros, call: Call): void {
    this.busy(takes);
    this.#continuation = call;
    this.#network.queue.at(this.#busyUntil, this.#continue);
  }

  readonly #continue = (): void => {
    const call = this.#continuation;
    if (call === undefined || this.#state !== 'running') return;
    if (this.now < this.#busyUntil) {
      this.#network.queue.at(this.#busyUntil, this.#continue);
      return;
    }
    this.#continuation = undefined;
    this.#turnBegun(call);
    this.#wake();
  };

  /** The machine has something else to do, at times of nobody's choosing. */
  #holdUpLater(): void {
    const { queue, ways } = this.#network;
    queue.at(this.now + exponential(holdUpEvery, this.#chance.draw()), () => {
      if (this.#state === 'dead') return;
      this.stall(exponential(ways.holdUp, this.#chance.draw()));
      this.#holdUpLater();
    });
  }

  /** For so long a server's handlers take so much longer, and any other so much longer over each message. */
  slow(by: Micros, lasts: Micros): void {
    this.#slowness = by;
    this.#slowUntil = this.now + lasts;
  }

  /** What everything takes longer now. */
  get slowness(): Micros {
    return this.now < this.#slowUntil ? this.#slowness : 0;
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    const chance = new Moments(this.#network.queue, this.#seed ^ wakeSalt);
    if (this.#isMidTurn) {
      this.#isMidTurn = false;
      this.#busyUntil = this.now + turn;
      this.#guard(() => this.#finishTurn());
    } else if (chance.draw() < 0.5 && this.#timerAt <= this.now && this.#continuation === undefined) {
      this.#fireTimer();
    }
    // Its I/O thread and this one wake by themselves: much may have come before the first of it is looked at.
    this.#busyUntil = Math.max(this.#busyUntil, this.now + within(threadWake, chance.draw()));
    for (const socket of this.#sockets) socket?.thaw(chance);
    for (const sleeper of this.#sleepers.splice(0)) sleeper();
    if (this.#timerAt <= this.now) this.#network.queue.at(this.now + 1, this.#onTimer);
    this.#network.queue.at(this.#busyUntil, this.#continue);
    this.#wake();
  }

  /** SIGKILL, or the end of a graceful stop, which lets what was written leave. */
  end(isGraceful = false): void {
    if (this.#state === 'dead') return;
    this.#state = 'dead';
    if (!isGraceful) this.#dying = this.#network.dies();
    this.#inbox.length = 0;
    this.#continuation = undefined;
    this.#timerAt = NEVER;
    for (const socket of this.#sockets) socket?.close(isGraceful);
    for (const sleeper of this.#sleepers.splice(0)) sleeper();
    this.#freezeIn = NEVER;
    this.#toldFrozen(false);
  }

  #effects(): Effects {
    return {
      open: (spec) => {
        const id = this.#sockets.length;
        this.#sockets.push(new SimulatedSocket(id, spec, this, this.#network, `${this.#key}#${id}`));
        return id;
      },
      connect: (id, endpoint) => this.#sockets[id]?.connect(endpoint),
      bind: (id, endpoint) => this.#bind(id, endpoint),
      close: (id) => {
        this.#sockets[id]?.close(false);
        this.#sockets[id] = undefined;
      },
      send: (socket, frames, token = 0) => {
        const from = this.#sockets[socket];
        const result = from?.send(frames);
        if (result !== undefined) this.#watcher?.sent?.(this, from!.lastTo, frames, result);
        if (result === 'full' || result === 'unreachable') this.#unsent.push({ socket, token, reason: result });
        this.#facade.passes?.('after-send');
      },
      settle: (slot, how, body) => this.#causes.push(() => this.#facade.settle?.(slot, how, body)),
      part: (slot, body, isFirst) => this.#causes.push(() => this.#facade.part?.(slot, body, isFirst)),
      execute: (ticket, request) => this.#causes.push(() => this.#facade.execute?.(ticket, request)),
      draw: (key) => draw(this.#seed, key),
      note: this.#facade.note,
    };
  }

  #bind(id: SocketId, endpoint: string): void {
    if (this.#sockets[id]?.bind(endpoint) !== false) return;
    const error = { code: 'EADDRINUSE', endpoint, message: 'Address already in use' };
    this.#network.queue.at(this.now, () => this.call(() => this.machine.failed(this.now, id, error)));
  }

  /** Takes what is in the inbox, one turn after the other, each at its own moment. */
  #wake(): void {
    if (this.#isWaking || this.#inbox.length === 0 || this.#state !== 'running') return;
    if (this.#continuation !== undefined) return;
    if (this.now < this.#busyUntil) {
      this.#isWaking = true;
      this.#network.queue.at(this.#busyUntil, this.#onWake);
      return;
    }
    const item = this.#inbox.shift()!;
    if (typeof item === 'function') this.#turnBegun(item);
    else if (item.kind === 'linked') this.#turnBegun(() => this.#linked(item));
    else this.#receive(item);
    this.#wake();
  }

  readonly #onWake = (): void => {
    this.#isWaking = false;
    this.#wake();
  };

  #receive({ socket }: Extract<SocketInput, { kind: 'message' }>): void {
    const message = socket.incoming.take();
    const frames = socket.take(message);
    this.#watcher?.received?.(this, message.pipe.peer?.name, message.frames, frames !== undefined);
    if (frames === undefined) return;
    this.#turnBegun(() => {
      this.#facade.passes?.('after-receive');
      this.machine.received(this.now, socket.id, frames);
    });
    if (this.#facade.execute === undefined) this.#busyUntil += this.slowness;
  }

  #linked({ socket, endpoint, up }: Extract<SocketInput, { kind: 'linked' }>): void {
    if (this.#sockets[socket.id] !== socket) return;
    this.#watcher?.linked?.(this, endpoint, up);
    this.machine.linked(this.now, socket.id, endpoint, up, up ? 'handshake' : 'disconnect');
  }

  #turnBegun(input: Call): void {
    this.#busyUntil = this.now + turn;
    this.#guard(() => {
      input();
      this.#finishTurn();
    });
  }

  /** A machine that throws, or would spin, ends the run with its error. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error === struckDown) return;
      this.#failure(error);
      this.end();
    }
  }

  #finishTurn(): void {
    // Made in the constructor, the machine is not there yet.
    if (!this.#act()) return;
    const { machine } = this;
    for (;;) {
      if (machine.deadline <= this.now) machine.expired(this.now);
      machine.flush(this.now);
      if (!this.#act()) return;
      if (machine.deadline <= this.now) {
        throw new Error(`a machine wants ${machine.deadline} again at ${this.now}: it would spin`);
      }
      if (this.#unsent.length === 0) break;
      for (const { socket, token, reason } of this.#unsent.splice(0)) {
        if (this.#sockets[socket] === undefined) continue;
        machine.unsent(this.now, socket, token, reason);
        if (!this.#act()) return;
      }
    }
    if (machine.deadline < this.#deadline) this.#arm(machine.deadline);
    this.#facade.turned?.();
    this.#watcher?.turned?.(this, machine);
  }

  /** Does what the last input caused; false where the process froze over it. */
  #act(): boolean {
    if (this.#isActing) return true;
    this.#isActing = true;
    while (this.#causes.length > 0) {
      if (this.#freezeIn === 0) {
        this.#isActing = false;
        this.#isMidTurn = true;
        this.#freeze();
        return false;
      }
      this.#freezeIn--;
      this.#causes.shift()!();
    }
    this.#isActing = false;
    return true;
  }

  #freeze(): void {
    this.#freezeIn = NEVER;
    this.#state = 'paused';
    for (const socket of this.#sockets) socket?.freeze();
    this.#toldFrozen(true);
  }

  #toldFrozen(isFrozen: boolean): void {
    const told = this.#whenFrozen;
    this.#whenFrozen = undefined;
    told?.(isFrozen);
  }

  #arm(deadline: Micros): void {
    this.#deadline = deadline;
    this.#timerAt = this.now + this.#timerDelay(deadline - this.now);
    this.#network.queue.at(this.#timerAt, this.#onTimer);
  }

  #timerDelay(delay: Micros): Micros {
    return Math.ceil(delay / 1000) * 1000 + within(timerLag, this.#chance.draw());
  }

  readonly #onTimer = (): void => {
    // One that was armed before a closer one finds nothing due; one that a freeze kept waiting is looked at on waking.
    if (this.now < this.#timerAt || this.#state !== 'running') return;
    const isBusy = this.now < this.#busyUntil || this.#continuation !== undefined;
    if (isBusy) this.#network.queue.at(Math.max(this.#busyUntil, this.now + 1), this.#onTimer);
    else this.#fireTimer();
  };

  #fireTimer(): void {
    this.#timerAt = NEVER;
    this.#deadline = NEVER;
    this.#watcher?.timer?.(this);
    this.#turnBegun(() => undefined);
  }
}

const NEVER = Number.POSITIVE_INFINITY;
const wakeSalt = 0x77616b65;
/** A process that nothing happens to is frozen between two turns after all. */
const midTurnPatience: Micros = 20_000;

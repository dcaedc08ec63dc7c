/**
 * What gives a machine its sockets and its clock: libzmq through zeromq.js, which `drivers` alone import.
 *
 * Inputs are taken one at a time; what an input causes is done after it returned; then the turn is flushed.
 */
// Imported, though it is global too: there it is found anew by each call.
import { performance } from 'node:perf_hooks';
import * as zmq from 'zeromq';
import type { Denied } from '../events.ts';
import type {
  Effects,
  IncomingRequest,
  Machine,
  Micros,
  Note,
  Slot,
  SocketError,
  SocketId,
  SocketSpec,
  Ticket,
} from '../machine.ts';
import { draw } from '../parts/chance.ts';
import type { Curve } from '../security.ts';
import { MisuseError, type Settlement } from '../transaction.ts';
import { reasonOf } from './denial.ts';
import { Lock } from './lock.ts';
import { Socket, type SocketEvents } from './socket.ts';
import type { Turned } from './zap.ts';

/** Where a driver's machine meets the promise side. */
export interface Facade {
  /**
   * Told at once, in the middle of the machine's input: what resolves a promise calls nobody before that input is over. It
   * must not call the machine, nor anybody else.
   */
  settle?(slot: Slot, how: Settlement, body?: Uint8Array): void;
  /** As `settle`. */
  part?(slot: Slot, body: Uint8Array, isFirst: boolean): void;
  /** After the input that caused it: a handler may take as long as it likes, and give inputs of its own. */
  execute?(ticket: Ticket, request: IncomingRequest): void;
  /** Every turn's end: whatever waits for a state of the machine looks again. */
  turned?(): void;
  note?: ((note: Note) => void) | undefined;
  /** A note of a kind that `listen` asked for, after the input that made it was dealt with. */
  heard?(note: Note): void;
}

/** Whole microseconds of CLOCK_MONOTONIC: the same axis in every process of a host. */
export function monotonicMicros(): Micros {
  return Math.floor(performance.now() * 1000 + epochMicros);
}

const epochMicros = clockOffset();

/** What to add to this process's own clock. Of several readings the one least disturbed: stamps of processes are compared. */
function clockOffset(): number {
  let offset = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 64; i++) {
    const own = performance.now() * 1000;
    offset = Math.min(offset, Number(process.hrtime.bigint()) / 1000 - own);
  }
  return offset;
}

export class ZeromqDriver<M extends Machine> {
  readonly machine: M;
  readonly #facade: Facade;
  readonly #effects: Effects;
  readonly #sockets: (Socket | undefined)[] = [];
  /** What an input caused, to be done when it has returned: a request to execute, by its ticket, or a note to be heard. */
  readonly #causes: (IncomingRequest | Note)[] = [];
  readonly #tickets: Ticket[] = [];
  readonly #binds: Promise<SocketError | undefined>[] = [];
  readonly #curve: Curve | undefined;
  readonly #lock: Lock | undefined;
  #denied = 0;
  #denials: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAt: Micros = Number.POSITIVE_INFINITY;
  /** The caller's inputs since the last flush wait for the next: the turn's end, unless a message ends it before. */
  #isOpen = false;
  #isEnding = false;
  /** A message came in, and the flush behind it is still to come. */
  #isReceiving = false;
  #acting = false;
  #closed = false;

  /** `curve` holds for every socket that the machine opens, so that no pattern can forget it. */
  constructor(make: (effects: Effects) => M, facade: Facade, seed: number, curve?: Curve) {
    if (curve !== undefined && !zmq.capability.curve) {
      throw new MisuseError('security', '…', 'this libzmq was built without CURVE', 'an object');
    }
    this.#facade = facade;
    this.#curve = curve;
    if (curve?.side === 'listener') this.#lock = new Lock(curve, (who) => this.#turnedAway(who));
    this.#effects = this.#effectsOf(seed);
    this.machine = make(this.#effects);
    this.#flush();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Connections that failed in their handshakes. */
  get denied(): number {
    return this.#denied;
  }

  /** Why endpoints that were called can't be used, in words; empty where no handshake with any failed since it was up. */
  get denials(): string {
    if (this.#denials === undefined) {
      const reasons = new Map(this.#sockets.flatMap((socket) => [...(socket?.denials ?? [])]));
      this.#denials = [...reasons].map(([endpoint, reason]) => `${endpoint}: ${reason}`).join('; ');
    }
    return this.#denials;
  }

  /** Resolves once all is bound that is to be. @throws {MisuseError} where it can't be; nothing is left open then. */
  async bound(): Promise<void> {
    const results = await Promise.all(this.#binds);
    const failure = results.find((error) => error !== undefined);
    if (failure === undefined) return;
    await this.close();
    throw new MisuseError('bind', failure.endpoint, failure.code === 'EADDRINUSE' ? 'it is in use' : failure.message);
  }

  /** Gives the machine an input of the caller's; the turn is flushed before the event loop goes on. */
  input<T>(give: (machine: M, now: Micros) => T): T {
    const result = give(this.machine, monotonicMicros());
    this.given();
    return result;
  }

  /** The machine was given an input of the caller's: `input` for those who come so often that a function each would cost. */
  given(): void {
    if (this.#causes.length > 0) this.#act();
    this.#isOpen = true;
    if (this.#isEnding || this.#isReceiving || this.#closed) return;
    this.#isEnding = true;
    process.nextTick(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#isEnding = false;
    if (this.#isOpen) this.#flush();
  };

  /** From now on the façade hears notes of these kinds; of none, where there are none. */
  listen(kinds: ReadonlyMap<string, unknown>): void {
    const { note } = this.#facade;
    const told = (one: Note) => {
      note?.(one);
      if (kinds.has(one.kind)) this.#cause(NOTE, one);
    };
    this.#effects.note = kinds.size === 0 ? note : told;
  }

  /** Closes every socket. libzmq may go on sending what it has for so long; by default it drops it. */
  close(lingerMs = 0): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const [id, socket] of this.#sockets.entries()) {
      socket?.close(lingerMs);
      this.#sockets[id] = undefined;
    }
    this.#lock?.close();
  }

  #effectsOf(seed: number): Effects {
    return {
      open: (spec) => {
        const id = this.#sockets.length;
        this.#sockets.push(this.#open(inItsOwnTime(spec, draw(seed, `reconnect:${id}`)), id));
        return id;
      },
      connect: (id, endpoint) => {
        this.#assertSide('caller');
        this.#sockets[id]?.connect(endpoint);
      },
      bind: (id, endpoint) => {
        this.#assertSide('listener');
        const bound = this.#sockets[id]?.bind(endpoint);
        if (bound !== undefined) this.#binds.push(bound);
      },
      close: (id) => {
        this.#sockets[id]?.close();
        this.#sockets[id] = undefined;
        this.#denials = undefined;
      },
      send: (id, frames, token) => this.#sockets[id]?.send(frames, token ?? 0),
      settle: (slot, how, body) => this.#facade.settle?.(slot, how, body),
      part: (slot, body, isFirst) => this.#facade.part?.(slot, body, isFirst),
      execute: (ticket, request) => this.#cause(ticket, request),
      draw: (key) => draw(seed, key),
      note: this.#facade.note,
    };
  }

  #open(spec: SocketSpec, id: SocketId): Socket {
    const events: SocketEvents = {
      received: (frames) => {
        this.#isReceiving = true;
        this.machine.received(monotonicMicros(), id, frames);
        if (this.#causes.length > 0) this.#act();
      },
      flush: () => this.#flush(),
      more: () => {
        this.#isReceiving = false;
        this.given();
      },
      unsent: (token, reason) => {
        if (this.#sockets[id] === undefined) return;
        this.input((machine, now) => machine.unsent(now, id, token, reason));
      },
      linked: (endpoint, up) => {
        if (this.#sockets[id] === undefined) return;
        if (up) this.#denials = undefined;
        this.input((machine, now) => machine.linked(now, id, endpoint, up, up ? 'handshake' : 'disconnect'));
      },
      denied: (cause, reason, endpoint) => {
        if (this.#sockets[id] === undefined) return;
        this.#denials = undefined;
        // Of a key that we turned away the doorkeeper has told, who knows more.
        if (cause !== 'unauthorized' || this.#lock === undefined) this.#deny({ cause, reason, endpoint });
      },
      failed: (error) => this.input((machine, now) => machine.failed(now, id, error)),
    };
    return new Socket(spec, events, this.#curve, this.#lock);
  }

  #turnedAway(who: Turned): void {
    const cause = 'unauthorized';
    this.#deny({ cause, reason: reasonOf(cause, 'listener', true), ...who });
  }

  #deny(details: Omit<Denied, 'kind'>): void {
    this.#denied++;
    this.#effects.note?.({ kind: 'denied', ...details });
    this.#act();
  }

  /** One end's keys are not the other's: with them a handshake would wait for ever. */
  #assertSide(side: Curve['side']): void {
    if (this.#curve !== undefined && this.#curve.side !== side)
      throw new Error(`keys of a ${this.#curve.side} at a ${side}`);
  }

  #cause(ticket: Ticket, cause: IncomingRequest | Note): void {
    this.#tickets.push(ticket);
    this.#causes.push(cause);
  }

  /** Does what the last input caused. Handlers and listeners may give inputs in turn: those only add to the list. */
  #act(): void {
    if (this.#acting) return;
    this.#acting = true;
    for (let i = 0; i < this.#causes.length; i++) {
      const ticket = this.#tickets[i]!;
      if (ticket === NOTE) this.#facade.heard?.(this.#causes[i] as Note);
      else this.#facade.execute?.(ticket, this.#causes[i] as IncomingRequest);
    }
    this.#causes.length = 0;
    this.#tickets.length = 0;
    this.#acting = false;
  }

  #flush(): void {
    if (this.#closed) return;
    this.#isOpen = false;
    this.#isReceiving = false;
    const now = monotonicMicros();
    if (this.machine.deadline <= now) this.machine.expired(now);
    this.machine.flush(now);
    this.#act();
    const { deadline } = this.machine;
    if (deadline <= now) throw new Error(`a machine wants ${deadline} again at ${now}: it would spin`);
    if (deadline < this.#timerAt) this.#arm(deadline, now);
    this.#facade.turned?.();
  }

  /** Re-armed only when the deadline moves earlier; a timer that fires too soon is armed again for the rest. */
  #arm(deadline: Micros, now: Micros): void {
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    this.#timer = setTimeout(
      () => {
        this.#timerAt = Number.POSITIVE_INFINITY;
        this.#flush();
      },
      Math.min(Math.ceil((deadline - now) / 1000), timerMsMax),
    );
  }
}

/** Stands where a ticket would, for a note. */
const NOTE: Ticket = -1;
/** The longest that setTimeout takes. */
const timerMsMax = 2 ** 31 - 1;

/** The version of libzmq underneath. */
export const libzmqVersion: string = zmq.version;

/**
 * The same, but called again after waits of its own. libzmq draws them from numbers that nobody has seeded, so that all
 * clients of a server that was away would come back at once.
 */
function inItsOwnTime(spec: SocketSpec, chance: number): SocketSpec {
  const { reconnectMs } = spec;
  return reconnectMs === undefined ? spec : { ...spec, reconnectMs: Math.ceil(reconnectMs * (1 - chance / 4)) };
}

/**
 * What gives a machine its sockets and its clock: libzmq through zeromq.js, which `drivers` alone import.
 *
 * Every socket has `sendTimeout` 0, so a send resolves in place and never queues: any number may be unawaited, and one
 * that finds no room comes back as `unsent`. The `writable` of a socket is never read: that takes libzmq's wake-up away
 * from the pending receive, which then sleeps on a message that is there (zeromq.js 6.8.0). Inputs are taken one at a time; what an input causes is done after it
 * returned; then the turn is flushed.
 */
import * as zmq from 'zeromq';
import type { DenialCause, Denied } from '../events.ts';
import type {
  Effects,
  Frames,
  IncomingRequest,
  Machine,
  Micros,
  Note,
  Slot,
  SocketError,
  SocketId,
  SocketSpec,
  Ticket,
  Token,
} from '../machine.ts';
import { draw } from '../parts/chance.ts';
import type { Curve } from '../security.ts';
import { MisuseError, type Settlement } from '../transaction.ts';
import { causeOf, reasonOf } from './denial.ts';
import { Links } from './links.ts';
import { curveOptions, curveOverheadBytes, Lock } from './lock.ts';
import { Redial } from './redial.ts';
import type { Turned } from './zap.ts';

/** Where a driver's machine meets the promise side. */
export interface Facade {
  settle?(slot: Slot, how: Settlement, body?: Uint8Array): void;
  part?(slot: Slot, body: Uint8Array, isFirst: boolean): void;
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
  readonly #causes: (() => void)[] = [];
  readonly #binds: Promise<SocketError | undefined>[] = [];
  readonly #curve: Curve | undefined;
  readonly #lock: Lock | undefined;
  #denied = 0;
  #denials: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAt: Micros = Number.POSITIVE_INFINITY;
  #flushScheduled = false;
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
    this.#act();
    if (!this.#flushScheduled && !this.#closed) {
      this.#flushScheduled = true;
      process.nextTick(() => {
        this.#flushScheduled = false;
        this.#flush();
      });
    }
    return result;
  }

  /** From now on the façade hears notes of these kinds; of none, where there are none. */
  listen(kinds: ReadonlyMap<string, unknown>): void {
    const { note } = this.#facade;
    const told = (one: Note) => {
      note?.(one);
      if (kinds.has(one.kind)) this.#causes.push(() => this.#facade.heard?.(one));
    };
    this.#effects.note = kinds.size === 0 ? note : told;
  }

  /** Closes every socket. libzmq may go on sending what it has for so long; by default it drops it. */
  async close(lingerMs = 0): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const [id, socket] of this.#sockets.entries()) {
      socket?.close(lingerMs);
      this.#sockets[id] = undefined;
    }
    await this.#lock?.close();
  }

  #effectsOf(seed: number): Effects {
    return {
      open: (spec) => this.#sockets.push(this.#open(spec, this.#sockets.length)) - 1,
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
      settle: (slot, how, body) => this.#causes.push(() => this.#facade.settle?.(slot, how, body)),
      part: (slot, body, isFirst) => this.#causes.push(() => this.#facade.part?.(slot, body, isFirst)),
      execute: (ticket, request) => this.#causes.push(() => this.#facade.execute?.(ticket, request)),
      draw: (key) => draw(seed, key),
      note: this.#facade.note,
    };
  }

  #open(spec: SocketSpec, id: SocketId): Socket {
    const events: SocketEvents = {
      received: (frames) => {
        this.machine.received(monotonicMicros(), id, frames);
        this.#act();
      },
      flush: () => this.#flush(),
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

  /** Does what the last input caused. Handlers and callers may give inputs in turn: those only add to the list. */
  #act(): void {
    if (this.#acting) return;
    this.#acting = true;
    for (let i = 0; i < this.#causes.length; i++) this.#causes[i]!();
    this.#causes.length = 0;
    this.#acting = false;
  }

  #flush(): void {
    if (this.#closed) return;
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

interface SocketEvents {
  received(frames: Frames): void;
  flush(): void;
  unsent(token: Token, reason: 'full' | 'unreachable'): void;
  linked(endpoint: string, up: boolean): void;
  denied(cause: DenialCause, reason: string, endpoint: string): void;
  failed(error: SocketError): void;
}

type RawSocket = zmq.Request | zmq.Dealer | zmq.Router;

/** One libzmq socket: its options set before it connects, its receive loop, and its monitor. */
class Socket {
  readonly #raw: RawSocket;
  readonly #events: SocketEvents;
  readonly #links = new Links();
  readonly #redial: Redial;
  readonly #isSecured: boolean;
  /** Why endpoints are not up, where their handshakes say so. */
  readonly denials = new Map<string, string>();
  #receiving = false;
  /** Binds that are not done, and the last of them. */
  #binds = 0;
  #bound: Promise<unknown> = Promise.resolve();

  constructor(spec: SocketSpec, events: SocketEvents, curve: Curve | undefined, lock: Lock | undefined) {
    this.#events = events;
    this.#isSecured = curve !== undefined;
    this.#raw = rawSocket(spec, curve, lock);
    lock?.guard(this.#raw);
    this.#redial = new Redial(this.#raw, spec.reconnectMs);
    this.#raw.events.on('handshake', ({ address }) => this.#up(this.#links.up(address)));
    this.#raw.events.on('accept', () => this.#links.accepted());
    this.#raw.events.on('disconnect', ({ address }) => {
      const endpoint = this.#links.down(address);
      if (endpoint !== undefined) events.linked(endpoint, false);
    });
    for (const failure of ['auth', 'protocol', 'other'] as const) {
      this.#raw.events.on(`handshake:error:${failure}`, ({ address, error }) => {
        this.#denied(address, causeOf(failure, error));
      });
    }
  }

  connect(endpoint: string): void {
    this.#links.connect(endpoint);
    this.#raw.connect(endpoint);
    this.#startReceiving();
  }

  /** One after the other: while a bind is under way zeromq.js refuses another, and every send and receive. */
  bind(endpoint: string): Promise<SocketError | undefined> {
    this.#binds++;
    this.#links.bind(endpoint);
    const bound = this.#bound.then(() => this.#bind(endpoint));
    this.#bound = bound;
    return bound;
  }

  async #bind(endpoint: string): Promise<SocketError | undefined> {
    let failure: SocketError | undefined;
    try {
      await this.#raw.bind(endpoint);
    } catch (error) {
      const { code = 'ERR', message } = error as NodeJS.ErrnoException;
      failure = { code, endpoint, message };
      this.#events.failed(failure);
    }
    if (--this.#binds === 0 && !this.#raw.closed) this.#startReceiving();
    return failure;
  }

  send(frames: Frames, token: Token): void {
    this.#raw.send(frames as unknown as zmq.MessageLike[]).catch((error: NodeJS.ErrnoException) => {
      this.#events.unsent(token, error.code === 'EHOSTUNREACH' ? 'unreachable' : 'full');
    });
  }

  close(lingerMs = 0): void {
    if (this.#raw.closed) return;
    this.#redial.close();
    this.#raw.linger = lingerMs;
    this.#raw.close();
  }

  #up(endpoint: string): void {
    this.denials.delete(endpoint);
    this.#redial.up(endpoint);
    this.#events.linked(endpoint, true);
  }

  #denied(address: string, cause: DenialCause): void {
    if (this.#raw.closed) return;
    const called = this.#links.of(address);
    const reason = reasonOf(cause, called === undefined ? 'listener' : 'caller', this.#isSecured);
    if (called !== undefined) {
      // A plain server that died in a handshake is no reason to speak of security.
      if (cause !== 'broken-off' || this.#isSecured) this.denials.set(called, reason);
      if (cause !== 'broken-off') this.#redial.givenUp(called);
    }
    this.#events.denied(cause, reason, called ?? address);
  }

  #startReceiving(): void {
    if (this.#receiving) return;
    this.#receiving = true;
    void this.#receive();
  }

  async #receive(): Promise<void> {
    while (!this.#raw.closed) {
      let frames: Frames;
      try {
        frames = await this.#raw.receive();
      } catch (error) {
        // A relaxed, correlated REQ rejects EAGAIN when it drops a late reply: the socket lives on.
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN' && !this.#raw.closed) continue;
        return;
      }
      this.#events.received(frames);
      // One microtask, so that callers woken by this message add what they have to the same flush.
      await undefined;
      this.#events.flush();
    }
  }
}

function rawSocket(spec: SocketSpec, curve: Curve | undefined, lock: Lock | undefined): RawSocket {
  const overheadBytes = curve === undefined ? 0 : curveOverheadBytes;
  const common = {
    ...curveOptions(curve, lock),
    sendTimeout: 0,
    linger: 0,
    ...(spec.sendHighWaterMark === undefined ? {} : { sendHighWaterMark: spec.sendHighWaterMark }),
    ...(spec.receiveHighWaterMark === undefined ? {} : { receiveHighWaterMark: spec.receiveHighWaterMark }),
    ...(spec.immediate === undefined ? {} : { immediate: spec.immediate }),
    ...(spec.maxMessageBytes === undefined ? {} : { maxMessageSize: spec.maxMessageBytes + overheadBytes }),
    ...(spec.reconnectMs === undefined ? {} : { reconnectInterval: spec.reconnectMs }),
  };
  if (spec.type === 'dealer') {
    const dealer = new zmq.Dealer(common);
    if (spec.routingId !== undefined) setBytes(dealer, routingIdOption, spec.routingId);
    return dealer;
  }
  if (spec.type === 'req') {
    return new zmq.Request({ ...common, relaxed: !!spec.relaxedCorrelated, correlate: !!spec.relaxedCorrelated });
  }
  const router = new zmq.Router({ ...common, mandatory: spec.mandatory ?? false });
  if (spec.routingId !== undefined) setBytes(router, routingIdOption, spec.routingId);
  if (spec.farewell !== undefined) setFarewell(router, spec.farewell);
  return router;
}

/**
 * ZMQ_DISCONNECT_MSG, a draft option that libzmq as prebuilt for zeromq.js has. Where it is missing, a peer that is
 * gone is found out by its silence, as the RFCs have it.
 */
function setFarewell(router: zmq.Router, farewell: Uint8Array): void {
  try {
    setBytes(router, disconnectMessageOption, farewell);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  }
}

/** For options that zeromq.js has no name for, or takes as text where bytes are meant. */
function setBytes(socket: zmq.Dealer | zmq.Router, option: number, value: Uint8Array): void {
  (socket as unknown as OptionSetter).setStringOption(option, Buffer.from(value));
}

interface OptionSetter {
  setStringOption(option: number, value: Buffer): void;
}

const routingIdOption = 5;
const disconnectMessageOption = 111;
/** The longest that setTimeout takes. */
const timerMsMax = 2 ** 31 - 1;

/** The version of libzmq underneath. */
export const libzmqVersion: string = zmq.version;

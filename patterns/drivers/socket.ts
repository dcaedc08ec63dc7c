/**
 * One libzmq socket: its options set before it connects, its receive loop, and its monitor.
 *
 * It has `sendTimeout` 0, so a send resolves in place and never queues: any number may be unawaited, and one that finds
 * no room comes back as `unsent`. Its `writable` is never read: that takes libzmq's wake-up away from the pending receive,
 * which then sleeps on a message that is there (zeromq.js 6.8.0).
 */
import { performance } from 'node:perf_hooks';
import * as zmq from 'zeromq';
import type { DenialCause } from '../events.ts';
import type { Frames, SocketError, SocketSpec, Token } from '../machine.ts';
import type { Curve } from '../security.ts';
import { causeOf, reasonOf } from './denial.ts';
import { Links } from './links.ts';
import { curveOptions, curveOverheadBytes, type Lock } from './lock.ts';
import { Redial } from './redial.ts';

/** What it tells of, as it happens. */
export interface SocketEvents {
  received(frames: Frames): void;
  /** Follows on a message, unless `more` does. */
  flush(): void;
  /** Another message is here: the flush comes behind that, or when the turn ends. */
  more(): void;
  unsent(token: Token, reason: 'full' | 'unreachable'): void;
  linked(endpoint: string, up: boolean): void;
  denied(cause: DenialCause, reason: string, endpoint: string): void;
  failed(error: SocketError): void;
}

type RawSocket = zmq.Request | zmq.Dealer | zmq.Router;

export class Socket {
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
    let gathered = 0;
    let began = 0;
    const looks = new Looks();
    while (!this.#raw.closed) {
      let frames: Frames;
      try {
        frames = await this.#raw.receive();
      } catch (error) {
        // A relaxed, correlated REQ rejects EAGAIN when it drops a late reply: the socket lives on.
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN' && !this.#raw.closed) continue;
        return;
      }
      if (gathered === 0) began = performance.now();
      this.#events.received(frames);
      // One microtask, so that callers woken by this message add what they have to the same flush.
      await undefined;
      gathered += frames.at(-1)!.length + messageCost;
      const isLittle = gathered < gatheredBytes && performance.now() - began < gatheredMs;
      // As long as it is little, what another message that is here brings leaves along with it. To look for one takes no
      // wake-up from anybody, since no receive is pending.
      if (isLittle && !this.#raw.closed && looks.areDue && looks.found(this.#raw.readable)) this.#events.more();
      else {
        gathered = 0;
        this.#events.flush();
      }
    }
  }
}

/** When to look whether there is more: a look costs a system call, so the fewer find something, the fewer there are. */
class Looks {
  #skipped = 0;
  #toSkip = 0;

  get areDue(): boolean {
    return ++this.#skipped > this.#toSkip;
  }

  found(isMore: boolean): boolean {
    this.#skipped = 0;
    this.#toSkip = isMore ? 0 : Math.min(2 * this.#toSkip + 1, skippedMax);
    return isMore;
  }
}

const skippedMax = 15;

/** What gathers before a turn is flushed: half of a batch of small requests, and never so long that anybody would wait. */
const gatheredBytes = 4096;
const gatheredMs = 0.1;
/** Of one message, besides its bytes. */
const messageCost = 512;

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
    ...(spec.transportHeartbeat === undefined
      ? {}
      : { heartbeatInterval: spec.transportHeartbeat.intervalMs, heartbeatTimeout: spec.transportHeartbeat.timeoutMs }),
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

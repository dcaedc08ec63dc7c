/**
 * Majordomo's broker (7/MDP 0.1, 8/MMI) on one ROUTER. Workers are asked least recently used first, one request each.
 * A worker whose connection ends is known to be gone in milliseconds; one that freezes, busy or idle, by its silence.
 * Its request is sent again to another worker, unless it may not be executed twice.
 */
import type { Effects, Frames, Machine, Micros, SocketError, SocketId, Token } from '../machine.ts';
import { keyOf, same } from '../parts/bytes.ts';
import { stoodStill } from '../parts/clocks.ts';
import {
  type Envelope,
  emptyEnvelope,
  encode,
  isEnvelope,
  Kind,
  nothing,
  read,
  withNextAttempt,
} from '../parts/envelope.ts';
import { Outbox } from '../parts/outbox.ts';
import { expiredReason } from '../parts/reasons.ts';
import { frameLimit } from '../parts/router-server.ts';
import type { Values } from '../parts/settings.ts';
import type { BrokerSetup } from '../pattern.ts';
import type { majordomoSettings } from './settings.ts';
import { farewell, fromBroker, isMmi, mmiStatus, readAtBroker, type ToBroker } from './wire.ts';

interface Service {
  readonly name: string;
  readonly frame: Uint8Array;
  /** Requests without a worker, oldest first. */
  queue: Request[];
  /** Workers without a request, least recently used first. */
  readonly idle: Set<Worker>;
  workers: number;
}

interface Request {
  readonly client: Uint8Array;
  readonly clientKey: string;
  readonly service: Service;
  readonly body: Frames;
  readonly deadline: Micros;
  /** Whether another worker may get it after one that did not answer. */
  readonly mayRepeat: boolean;
}

interface Worker {
  readonly key: string;
  readonly address: Uint8Array;
  readonly service: Service;
  /** Names sends to it, so that one that comes back says whose it was. */
  readonly token: Token;
  /** Names the send of the request that it has. */
  requestToken: Token;
  busy: Request | undefined;
  expiryAt: Micros;
  heartbeatAt: Micros;
}

export function majordomoBroker(setup: BrokerSetup<typeof majordomoSettings>, effects: Effects): Machine {
  return new MajordomoBroker(setup, effects);
}

class MajordomoBroker implements Machine {
  readonly #effects: Effects;
  readonly #settings: Values<typeof majordomoSettings>;
  readonly #socket: SocketId;
  /** Answers to clients. What goes to a worker that has no room needs none: that worker is taken for lost. */
  readonly #outbox: Outbox;
  readonly #services = new Map<string, Service>();
  readonly #workers = new Map<string, Worker>();
  readonly #workerOf = new Map<Token, Worker>();
  readonly #scratch: Envelope = emptyEnvelope();
  readonly #interval: Micros;
  readonly #timeout: Micros;
  readonly #sweepEvery: Micros;
  /** Services that may have something to hand out since the last flush. */
  readonly #stirred = new Set<Service>();
  #token: Token = 0;
  /** Silence, heartbeats and expired requests are looked for in sweeps, so that a turn costs no more for many workers. */
  #sweepAt: Micros = NEVER;
  #draining = false;

  constructor(setup: BrokerSetup<typeof majordomoSettings>, effects: Effects) {
    this.#effects = effects;
    this.#settings = setup.settings;
    this.#interval = setup.settings.heartbeatIntervalMs * 1000;
    this.#timeout = setup.settings.heartbeatTimeoutMs * 1000;
    this.#sweepEvery = Math.max(1000, Math.floor(this.#interval / 2));
    const maxMessageBytes = frameLimit(setup.settings.payloadLimitBytes);
    this.#socket = effects.open({ type: 'router', mandatory: true, farewell, maxMessageBytes });
    this.#outbox = new Outbox(effects, setup.settings.queueLimit, { answersHeld: 0, answersDropped: 0 });
    for (const endpoint of setup.bind) effects.bind(this.#socket, endpoint);
  }

  get deadline(): Micros {
    return Math.min(this.#sweepAt, this.#outbox.deadline);
  }

  get drained(): boolean {
    if (!this.#draining) return false;
    for (const worker of this.#workers.values()) if (worker.busy !== undefined) return false;
    for (const service of this.#services.values()) if (service.queue.length > 0) return false;
    return this.#outbox.isEmpty;
  }

  received(now: Micros, _socket: SocketId, frames: Frames): void {
    const sender = frames[0];
    if (sender === undefined) return;
    const message = readAtBroker(frames);
    const worker = this.#workers.get(keyOf(sender));
    if (message.kind === 'malformed') this.#receivedMalformed(now, sender, worker);
    else if (message.kind === 'gone') this.#receivedGone(now, keyOf(sender), worker);
    else if (message.kind === 'client') this.#receivedRequest(now, sender, worker, message.service, message.body);
    else this.#receivedFromWorker(now, sender, worker, message);
  }

  unsent(now: Micros, _socket: SocketId, token: Token, reason: 'full' | 'unreachable'): void {
    if (this.#outbox.unsent(now, token, reason)) return;
    const worker = this.#workerOf.get(token);
    if (worker === undefined) return;
    const { busy, service } = worker;
    if (busy !== undefined && token === worker.requestToken) {
      // It never left: no attempt was made, so even one that may not repeat may go to another.
      worker.busy = undefined;
      service.queue.unshift(busy);
      this.#stirred.add(service);
    }
    this.#forget(now, worker, 'unsent');
  }

  linked(): void {
    // A ROUTER is not told which of its peers came; which one left, its farewell says.
  }

  failed(_now: Micros, _socket: SocketId, error: SocketError): void {
    this.#effects.note?.({ kind: 'failed', code: error.code });
  }

  expired(now: Micros): void {
    if (now < this.#sweepAt) return;
    const stalled = stoodStill(now, this.#sweepAt);
    this.#sweepAt = now + this.#sweepEvery;
    for (const worker of this.#workers.values()) {
      worker.expiryAt += stalled;
      if (now >= worker.expiryAt) this.#forget(now, worker, 'silence');
      else if (now >= worker.heartbeatAt) this.#sendTo(now, worker, fromBroker.heartbeat(worker.address));
    }
    for (const service of this.#services.values()) {
      for (const request of service.queue) if (now >= request.deadline) this.#answerNotExecuted(request, expiredReason);
      service.queue = service.queue.filter((request) => now < request.deadline);
      this.#retire(service);
    }
  }

  flush(now: Micros): void {
    this.#outbox.flush(now);
    for (const service of this.#stirred) this.#dispatch(now, service);
    this.#stirred.clear();
    if (this.#services.size === 0) this.#sweepAt = NEVER;
    else if (this.#sweepAt === NEVER) this.#sweepAt = now + this.#sweepEvery;
  }

  drain(): void {
    this.#draining = true;
  }

  #receivedRequest(now: Micros, client: Uint8Array, worker: Worker | undefined, name: Uint8Array, body: Frames): void {
    if (worker !== undefined) {
      this.#disconnect(now, worker.address, worker);
      return;
    }
    const key = keyOf(name);
    if (isMmi(key)) {
      this.#effects.send(this.#socket, fromBroker.reply(client, name, [this.#mmi(key, body)]));
      return;
    }
    const request = this.#request(now, client, key, name, body);
    if (request === undefined) return;
    if (this.#draining || request.service.queue.length >= this.#settings.queueLimit) this.#answerNotExecuted(request);
    else this.#enqueue(request);
    this.#retire(request.service);
  }

  #receivedFromWorker(now: Micros, sender: Uint8Array, worker: Worker | undefined, message: FromWorker): void {
    if (message.kind === 'disconnect') {
      if (worker !== undefined) this.#forget(now, worker, 'disconnect command');
      return;
    }
    if (message.kind === 'ready') {
      if (worker !== undefined || isMmi(keyOf(message.service))) this.#disconnect(now, sender, worker);
      else this.#register(now, sender, message.service);
      return;
    }
    const isReply = message.kind === 'reply';
    const isDue = isReply && worker?.busy !== undefined && same(worker.busy.client, message.client);
    if (worker === undefined || (isReply && !isDue)) {
      this.#disconnect(now, sender, worker);
      return;
    }
    worker.expiryAt = now + this.#timeout;
    if (message.kind === 'reply') this.#receivedReply(worker, message.body);
  }

  #receivedReply(worker: Worker, body: Frames): void {
    const request = worker.busy!;
    worker.busy = undefined;
    worker.service.idle.add(worker);
    this.#stirred.add(worker.service);
    const answer = fromBroker.reply(request.client, worker.service.frame, body);
    this.#outbox.send(this.#socket, answer, request.deadline);
  }

  /** B4: what can't be understood is dropped, and a worker that said it is one no more. */
  #receivedMalformed(now: Micros, sender: Uint8Array, worker: Worker | undefined): void {
    this.#effects.note?.({ kind: 'malformed', fromWorker: worker !== undefined });
    if (worker !== undefined) this.#disconnect(now, sender, worker);
  }

  #receivedGone(now: Micros, key: string, worker: Worker | undefined): void {
    if (worker !== undefined) {
      this.#forget(now, worker, 'disconnect');
      return;
    }
    for (const service of this.#services.values()) {
      if (service.queue.length === 0) continue;
      service.queue = service.queue.filter((request) => request.clientKey !== key);
      this.#retire(service);
    }
  }

  #register(now: Micros, address: Uint8Array, name: Uint8Array): void {
    const service = this.#service(keyOf(name), name);
    if (service === undefined) {
      this.#disconnect(now, address, undefined);
      return;
    }
    const worker: Worker = {
      key: keyOf(address),
      address,
      service,
      token: ++this.#token,
      requestToken: 0,
      busy: undefined,
      expiryAt: now + this.#timeout,
      heartbeatAt: now,
    };
    this.#workers.set(worker.key, worker);
    this.#workerOf.set(worker.token, worker);
    service.workers++;
    service.idle.add(worker);
    this.#stirred.add(service);
    this.#effects.note?.({ kind: 'worker-ready', service: service.name, workers: service.workers });
  }

  /** B2, B3: the last word to a worker. */
  #disconnect(now: Micros, address: Uint8Array, worker: Worker | undefined): void {
    this.#effects.send(this.#socket, fromBroker.disconnect(address));
    if (worker !== undefined) this.#forget(now, worker, 'protocol error');
  }

  /** That worker is no more. What it had goes to the next one, if it may. */
  #forget(now: Micros, worker: Worker, cause: string): void {
    const { service, busy } = worker;
    this.#workers.delete(worker.key);
    this.#workerOf.delete(worker.token);
    this.#workerOf.delete(worker.requestToken);
    service.idle.delete(worker);
    service.workers--;
    this.#effects.note?.({ kind: 'worker-lost', service: service.name, cause, busy: busy !== undefined });
    if (busy?.mayRepeat && now < busy.deadline) {
      const body = busy.body.map((frame) => (isEnvelope(frame) ? withNextAttempt(frame) : frame));
      service.queue.unshift({ ...busy, body });
      this.#stirred.add(service);
      this.#effects.note?.({ kind: 'retried', service: service.name });
    }
    this.#retire(service);
  }

  #dispatch(now: Micros, service: Service): void {
    while (service.queue.length > 0 && service.idle.size > 0) {
      const worker = service.idle.values().next().value!;
      const request = service.queue.shift()!;
      if (now >= request.deadline) {
        this.#answerNotExecuted(request, expiredReason);
        continue;
      }
      service.idle.delete(worker);
      worker.busy = request;
      this.#workerOf.delete(worker.requestToken);
      worker.requestToken = ++this.#token;
      this.#workerOf.set(worker.requestToken, worker);
      const frames = fromBroker.request(worker.address, request.client, request.body);
      this.#sendTo(now, worker, frames, worker.requestToken);
    }
    this.#retire(service);
  }

  #sendTo(now: Micros, worker: Worker, frames: Frames, token = worker.token): void {
    worker.heartbeatAt = now + this.#interval - this.#sweepEvery;
    this.#effects.send(this.#socket, frames, token);
  }

  #request(now: Micros, client: Uint8Array, key: string, name: Uint8Array, body: Frames): Request | undefined {
    const service = this.#service(key, name);
    const first = body[0]!;
    const ours = isEnvelope(first) && read(first, 0, this.#scratch) > 0 ? this.#scratch : undefined;
    const request = {
      client,
      clientKey: keyOf(client),
      service: service ?? { name: key, frame: name, queue: [], idle: new Set<Worker>(), workers: 0 },
      body,
      deadline: now + this.#patience(ours?.remaining ?? this.#settings.timeoutMs * 1000),
      mayRepeat: ours === undefined ? this.#settings.resendPlain : ours.delivery === 'at-least-once',
    };
    if (service !== undefined) return request;
    this.#answerNotExecuted(request);
    return undefined;
  }

  #enqueue(request: Request): void {
    request.service.queue.push(request);
    this.#stirred.add(request.service);
  }

  /** For how long a request may wait for a worker: so that its client still hears, by its deadline, that none came. */
  #patience(remaining: Micros): Micros {
    return remaining - Math.min(remaining >>> 1, this.#sweepEvery + answerTime);
  }

  /** Says, for each envelope of a request, that it was not executed. A client of another make has no ear for it. */
  #answerNotExecuted(request: Request, reason = nothing): void {
    const { client, service, body } = request;
    this.#effects.note?.({ kind: 'turned-away', service: service.name });
    const envelope = this.#scratch;
    for (const frame of body) {
      for (let offset = 0; offset < frame.length; ) {
        offset = read(frame, offset, envelope);
        if (offset < 0) break;
        const answer = encode({ ...envelope, kind: Kind.notExecuted, service: '', payload: reason });
        this.#outbox.send(this.#socket, fromBroker.reply(client, service.frame, [answer]), request.deadline + grace);
      }
    }
  }

  #mmi(name: string, body: Frames): Uint8Array {
    if (name !== 'mmi.service') return mmiStatus.notImplemented;
    const workers = this.#services.get(keyOf(body[0]!))?.workers ?? 0;
    return workers > 0 && !this.#draining ? mmiStatus.found : mmiStatus.notFound;
  }

  #service(key: string, frame: Uint8Array): Service | undefined {
    const known = this.#services.get(key);
    if (known !== undefined || this.#services.size >= this.#settings.servicesLimit) return known;
    const service: Service = { name: key, frame, queue: [], idle: new Set(), workers: 0 };
    this.#services.set(key, service);
    return service;
  }

  /** A service with neither workers nor requests is forgotten, so that junk names don't stay. */
  #retire(service: Service): void {
    if (service.workers > 0 || service.queue.length > 0) return;
    // It may have been forgotten before, and its name belong to another by now.
    if (this.#services.get(service.name) === service) this.#services.delete(service.name);
  }
}

type FromWorker = Extract<ToBroker, { kind: 'ready' | 'reply' | 'heartbeat' | 'disconnect' }>;

const NEVER = Number.POSITIVE_INFINITY;
/** How long an answer may take to its client. */
const answerTime: Micros = 25_000;
/** How long after its deadline a client may still be told that its request was not executed. */
const grace: Micros = 100_000;

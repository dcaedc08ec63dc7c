/**
 * Majordomo's broker (7/MDP 0.1, 18/MDP 0.2, 8/MMI) on one ROUTER: clients of either version, workers of either version,
 * all at once. The least loaded worker is asked first, and of those the one that has waited the longest.
 * A worker whose connection ends is known to be gone in milliseconds; one that freezes, busy or idle, by its silence.
 * Its requests are sent again to others, unless they may not be executed twice.
 */
import type { BrokerMachine, Effects, Frames, Micros, SocketError, SocketId, Token } from '../machine.ts';
import { keyOf } from '../parts/bytes.ts';
import { stoodStill } from '../parts/clocks.ts';
import { endOf, isEnvelope, Kind, kindAt, sequenceAt, withNextAttempt } from '../parts/envelope.ts';
import { frameLimit } from '../parts/router-server.ts';
import type { Values } from '../parts/settings.ts';
import type { BrokerSetup } from '../pattern.ts';
import type { BrokerCounters, BrokerGauges } from '../stats.ts';
import { Answers, frameCost } from './answers.ts';
import { answeredIn, givenBack } from './batch.ts';
import { brokerCounters } from './broker-counters.ts';
import { readTerms } from './credit.ts';
import { isMmi, type Mdp } from './mdp.ts';
import { writeWorkers } from './pace.ts';
import { Requests } from './requests.ts';
import type { Request, Service, Worker } from './service.ts';
import { Services } from './services.ts';
import type { majordomoSettings } from './settings.ts';
import { WaitingRoom } from './waiting.ts';
import { farewell, readAtBroker, toBroker } from './wire.ts';
import { openIn, Workforce } from './workforce.ts';

export function majordomoBroker(setup: BrokerSetup<typeof majordomoSettings>, effects: Effects): BrokerMachine {
  return new MajordomoBroker(setup, effects);
}

class MajordomoBroker implements BrokerMachine {
  readonly #effects: Effects;
  readonly #settings: Values<typeof majordomoSettings>;
  readonly #socket: SocketId;
  readonly #answers: Answers;
  readonly #services: Services;
  readonly #workforce: Workforce;
  readonly #waiting: WaitingRoom<Request>;
  /** Clients that left since the set was last emptied: what they asked is not sent again. */
  readonly #departed = new Set<string>();
  readonly #counters: BrokerCounters = brokerCounters();
  readonly #message = toBroker();
  readonly #requests: Requests;
  readonly #bytesMax: number;
  readonly #sweepEvery: Micros;
  /** Services that may have something to hand out since the last flush. */
  readonly #stirred = new Set<Service>();
  /** Silence, heartbeats and expired requests are looked for in sweeps, so that a turn costs no more for many workers. */
  #sweepAt: Micros = NEVER;
  /** When what one turn was too short for goes on. */
  #resumeAt: Micros = NEVER;
  #draining = false;

  constructor(setup: BrokerSetup<typeof majordomoSettings>, effects: Effects) {
    const { settings, bind } = setup;
    this.#effects = effects;
    this.#settings = settings;
    const ours = { interval: settings.heartbeatIntervalMs * 1000, timeout: settings.heartbeatTimeoutMs * 1000 };
    const { plainHeartbeatIntervalMs, plainHeartbeatTimeoutMs } = settings;
    const plain = { interval: plainHeartbeatIntervalMs * 1000, timeout: plainHeartbeatTimeoutMs * 1000 };
    this.#sweepEvery = Math.max(1000, Math.floor(Math.min(ours.interval, plain.interval) / 4));
    this.#services = new Services(settings.servicesLimit);
    this.#requests = new Requests(settings, this.#sweepEvery);
    // libzmq cuts off whoever sends a frame over its limit. Half of it is ours, so that what is a little too large is answered.
    this.#bytesMax = frameLimit(settings.payloadLimitBytes) + frameCost;
    this.#socket = effects.open({ type: 'router', mandatory: true, farewell, maxMessageBytes: 2 * this.#bytesMax });
    this.#workforce = new Workforce(effects, this.#socket, ours, plain, this.#sweepEvery);
    this.#waiting = new WaitingRoom({
      queue: settings.queueLimit,
      total: settings.totalQueueLimit,
      bytes: settings.queueLimitBytes,
    });
    this.#answers = new Answers(effects, this.#socket, settings, this.#bytesMax, this.#counters);
    for (const endpoint of bind) effects.bind(this.#socket, endpoint);
  }

  get deadline(): Micros {
    return Math.min(this.#sweepAt, this.#resumeAt, this.#answers.deadline, this.#workforce.wakeAt);
  }

  get drained(): boolean {
    return this.#draining && this.#workforce.size === 0 && this.#waiting.size === 0 && this.#answers.isEmpty;
  }

  stats(): BrokerCounters & BrokerGauges {
    // The many go last: V8 takes forty times as long over fields that are added to a spread object.
    return {
      waiting: this.#waiting.size,
      waitingBytes: this.#waiting.bytes,
      handed: this.#workforce.handed,
      workers: this.#workforce.size,
      services: this.#services.size,
      ...this.#counters,
      refusals: { ...this.#counters.refusals },
    };
  }

  received(now: Micros, _socket: SocketId, frames: Frames): void {
    const sender = frames[0];
    if (sender === undefined) return;
    const message = this.#message;
    readAtBroker(frames, message);
    const key = keyOf(sender);
    const worker = this.#workforce.get(key);
    if (message.kind === 'malformed') this.#receivedMalformed(now, worker);
    else if (message.kind === 'gone') this.#receivedGone(now, key, worker);
    else if (worker !== undefined) this.#receivedFromWorker(now, worker);
    else if (message.kind === 'request') this.#receivedRequest(now, sender, key);
    else if (message.kind === 'ready') this.#receivedReady(now, sender, key);
    // B3: whoever is no worker (any more) is told so, and registers anew. Only a DISCONNECT needs no answer.
    else if (message.kind !== 'disconnect') this.#disconnect(sender, message.mdp);
  }

  unsent(now: Micros, _socket: SocketId, token: Token, reason: 'full' | 'unreachable'): void {
    if (this.#answers.unsent(now, token, reason)) return;
    const request = this.#workforce.requestSent(token);
    if (request === undefined) {
      const worker = this.#workforce.workerSent(token);
      if (worker !== undefined && reason === 'unreachable') this.#forget(now, worker, 'disconnect');
      return;
    }
    // It never left: no attempt was made, so even one that may not repeat may go to another.
    const worker = request.worker!;
    this.#workforce.release(request);
    this.#putBack(request);
    if (reason === 'full') this.#workforce.rest(now, worker);
    else this.#forget(now, worker, 'disconnect');
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
    for (const worker of this.#workforce.values()) {
      worker.expiryAt += stalled;
      if (now >= worker.expiryAt) this.#forget(now, worker, 'silence');
      else if (now >= worker.heartbeatAt) this.#workforce.beat(now, worker, false);
    }
    for (const service of this.#services.values()) {
      for (const request of this.#waiting.takeExpired(now, service.queue)) this.#expire(now, request);
      this.#services.retire(service);
    }
  }

  flush(now: Micros): void {
    this.#answers.flush(now);
    this.#workforce.wake(now, (service) => this.#stirred.add(service));
    for (const service of this.#stirred) if (this.#dispatch(now, service)) this.#stirred.delete(service);
    this.#resumeAt = this.#stirred.size > 0 ? now + 1 : NEVER;
    if (this.#draining && this.#workforce.handed === 0 && this.#waiting.size === 0) this.#dismiss(now);
    if (this.#services.size === 0) this.#sweepAt = NEVER;
    else if (this.#sweepAt === NEVER) this.#sweepAt = now + this.#sweepEvery;
  }

  /** Refuses what is new, and what nobody is there to serve; the rest is finished, and then the workers are told to go. */
  drain(): void {
    this.#draining = true;
    for (const service of this.#services.values()) {
      if (service.able > 0) continue;
      for (const request of this.#waiting.empty(service.queue)) this.#answers.refuse(request, 'draining');
      this.#services.retire(service);
    }
  }

  #receivedRequest(now: Micros, client: Uint8Array, clientKey: string): void {
    const { mdp, service: frame, body } = this.#message;
    if (this.#departed.size > 0) this.#departed.delete(clientKey);
    const service = this.#services.find(frame);
    if (isMmi(service.name)) {
      const answer = mdp.fromBroker.final(client, frame, [this.#services.mmi(service.name, body, !this.#draining)]);
      this.#answers.say(answer, now + this.#sweepEvery);
      return;
    }
    const request = this.#requests.make(now, client, clientKey, mdp, service, body);
    this.#counters.requests += request.count;
    if (this.#requests.isRepeat(request)) this.#dropRepeat(request);
    else if (this.#draining) this.#answers.refuse(request, 'draining');
    else if (request.bytes > this.#bytesMax) this.#answers.refuse(request, 'tooLarge');
    else if (!this.#services.isListed(service)) this.#answers.refuse(request, 'servicesFull');
    else this.#take(now, request);
  }

  #dropRepeat({ count, service }: Request): void {
    this.#counters.duplicates += count;
    this.#services.retire(service);
  }

  /** To a worker at once where one is free and nobody was first, otherwise into the queue. */
  #take(now: Micros, request: Request): void {
    const { service } = request;
    const worker = service.queue.size === 0 ? service.spare.first() : undefined;
    if (worker !== undefined && now < request.deadline) this.#workforce.hand(now, worker, request);
    else if (!this.#waiting.add(service.queue, request)) this.#takeSome(request);
    else if (service.spare.size > 0) this.#stirred.add(service);
    this.#services.retire(service);
  }

  /** Of a batch that there is not enough room for, as much as there is room for waits. */
  #takeSome(request: Request): void {
    const { service } = request;
    let count = 0;
    let bytes = frameCost;
    const fits = (frame: Uint8Array, offset: number) => {
      bytes += endOf(frame, offset) - offset;
      return this.#waiting.fits(service.queue, request.clientKey, ++count, bytes);
    };
    const [some, rest] =
      request.count > 1 && request.mdp.hasParts ? this.#requests.parted(request, fits) : [undefined, request];
    const isTaken = some !== undefined && this.#waiting.add(service.queue, some);
    if (!isTaken) this.#answers.refuse(request, 'queueFull');
    else if (rest !== undefined) this.#answers.refuse(rest, 'queueFull', false);
    if (isTaken && service.spare.size > 0) this.#stirred.add(service);
  }

  #receivedReady(now: Micros, sender: Uint8Array, key: string): void {
    const { mdp, service: frame } = this.#message;
    const service = this.#services.find(frame);
    const isWanted = !this.#draining || service.queue.size > 0;
    const fits = this.#workforce.size < this.#settings.workersLimit && !isMmi(service.name);
    if (!isWanted || !fits || !this.#services.isListed(service)) {
      this.#disconnect(sender, mdp);
      this.#services.retire(service);
      return;
    }
    this.#workforce.register(now, key, sender, mdp, service);
    this.#stirred.add(service);
    this.#counters.workersUp++;
    this.#effects.note?.({ kind: 'worker-ready', service: service.name, workers: service.workers });
  }

  #receivedFromWorker(now: Micros, worker: Worker): void {
    const { kind, mdp, address, extra, body } = this.#message;
    if (kind === 'disconnect') {
      this.#forget(now, worker, 'disconnect command');
      return;
    }
    const isAnswer = kind === 'partial' || kind === 'final';
    const request = isAnswer ? this.#workforce.requestAt(worker, address) : undefined;
    // Ours says each once, and names what it answers: what it says again a link delivered twice.
    if (worker.isOurs && mdp === worker.mdp && (kind === 'ready' || (isAnswer && request === undefined))) return;
    // B3, B4: a client's command, a second READY, an answer that it does not owe, an extra frame that is none of ours.
    const isExpected = isAnswer
      ? request !== undefined
      : kind === 'heartbeat' && (extra === undefined || worker.isOurs);
    if (!isExpected || mdp !== worker.mdp) {
      this.#dismissOne(now, worker, 'protocol error');
      return;
    }
    worker.expiryAt = now + worker.timeout;
    if (request === undefined) this.#receivedTerms(now, worker, extra);
    else if (kind === 'partial') this.#receivedPart(worker, request, body);
    else this.#receivedFinal(worker, request, body);
  }

  /** A worker of ours wants to know that it was heard: until when we count on it, and that no more comes for credit given up. */
  #receivedTerms(now: Micros, worker: Worker, extra: Uint8Array | undefined): void {
    const terms = readTerms(extra);
    if (terms === undefined) return;
    worker.saidAt = terms.saidAt ?? worker.saidAt;
    if (terms.credit !== worker.credit) {
      this.#workforce.setCredit(worker, terms.credit);
      this.#stirred.add(worker.service);
    }
    this.#workforce.beat(now, worker, true);
  }

  #receivedPart(worker: Worker, request: Request, body: Frames): void {
    if (worker.isOurs && request.isOurs) {
      writeWorkers(body[0]!, request.service.able);
      if (request.count > 1 && request.mdp.hasParts) this.#countAnswers(request, body);
    }
    this.#answers.part(request, body);
  }

  /** Those of a batch that are answered are not sent again, should its worker be lost. */
  #countAnswers(request: Request, body: Frames): void {
    const before = openIn(request);
    for (const sequence of answeredIn(body)) this.#workforce.answered(request, sequence);
    this.#counters.answers += before - openIn(request);
  }

  #receivedFinal(worker: Worker, request: Request, body: Frames): void {
    const answer = body[0]!;
    const open = openIn(request);
    this.#workforce.release(request);
    if (request.service.queue.size > 0) this.#stirred.add(request.service);
    if (worker.isOurs) {
      if (request.isOurs) writeWorkers(answer, request.service.able);
      const isUndone = body.length === 1 && isEnvelope(answer) && kindAt(answer, 0) === Kind.notExecuted;
      if (isUndone && this.#isTakenBack(worker, request, body, open)) return;
    }
    this.#counters.answers += open;
    this.#answers.final(request, body);
  }

  /** What a worker that leaves did not execute goes to another, where there is one. False where all of it is for the client. */
  #isTakenBack(worker: Worker, request: Request, body: Frames, open: number): boolean {
    const [given, others] = givenBack(body);
    if (given.length > 0) this.#workforce.setCredit(worker, 0);
    const isForAnother = given.length > 0 && request.service.able > 0;
    if (!request.isOurs) {
      // A client of another make would take any answer for the reply.
      if (isForAnother) this.#putBack(request);
      else this.#counters.abandoned++;
      return true;
    }
    if (!isForAnother || (others.length > 0 && !request.mdp.hasParts)) return false;
    const sequences = new Set(answeredIn(given));
    const [back] = this.#requests.parted(request, (frame, offset) => sequences.has(sequenceAt(frame, offset)));
    if (back === undefined) return false;
    this.#counters.answers += open - back.count;
    if (others.length > 0) this.#answers.part(request, others);
    this.#putBack(back);
    return true;
  }

  /** B4: what can't be understood is dropped, and a worker that said it is one no more. */
  #receivedMalformed(now: Micros, worker: Worker | undefined): void {
    this.#counters.malformed++;
    this.#effects.note?.({ kind: 'malformed', fromWorker: worker !== undefined });
    if (worker !== undefined) this.#dismissOne(now, worker, 'malformed');
  }

  #receivedGone(now: Micros, key: string, worker: Worker | undefined): void {
    if (worker !== undefined) {
      this.#forget(now, worker, 'disconnect');
      return;
    }
    if (this.#departed.size >= departedMax) this.#departed.clear();
    this.#departed.add(key);
    this.#requests.forget(key);
    for (const { service, count } of this.#waiting.takeClient(key)) {
      this.#counters.abandoned += count;
      this.#services.retire(service);
    }
  }

  /** That worker is no more. What it had goes to others, if it may. */
  #forget(now: Micros, worker: Worker, cause: string): void {
    const { service } = worker;
    this.#effects.note?.({ kind: 'worker-lost', service: service.name, cause, busy: worker.load > 0 });
    this.#counters.workersLost++;
    for (const request of worker.requests) {
      this.#workforce.release(request);
      this.#tryAgain(now, request);
    }
    this.#workforce.remove(worker);
    this.#services.retire(service);
  }

  #tryAgain(now: Micros, request: Request): void {
    const { service, answered } = request;
    const mayRepeat = request.mayRepeat && !request.isBroken && !this.#departed.has(request.clientKey);
    const again = mayRepeat ? this.#requests.worthRepeating(now, request) : undefined;
    this.#counters.abandoned += request.count - (answered?.size ?? 0) - (again?.count ?? 0);
    if (again === undefined) return;
    again.body = again.body.map((frame) => (isEnvelope(frame) ? withNextAttempt(frame) : frame));
    this.#putBack(again);
    this.#counters.retries += again.count;
    this.#effects.note?.({ kind: 'retried', service: service.name });
  }

  /** What a worker had goes to the next one, from the beginning. */
  #putBack(request: Request): void {
    request.gathered = undefined;
    request.gatheredBytes = 0;
    request.answered = undefined;
    this.#waiting.addAgain(request.service.queue, request);
    this.#stirred.add(request.service);
  }

  /** Hands out what waits. True when all that can be done is done, false when a turn was too short for it. */
  #dispatch(now: Micros, service: Service): boolean {
    for (let count = 0; service.queue.size > 0; count++) {
      const worker = service.spare.first();
      if (worker === undefined) break;
      if (count === burstMax) return false;
      const request = this.#waiting.take(service.queue)!;
      if (now >= request.deadline) this.#expire(now, request);
      else if (this.#departed.has(request.clientKey)) this.#counters.abandoned += request.count;
      else this.#workforce.hand(now, worker, request);
    }
    this.#services.retire(service);
    return true;
  }

  /** Its time is over, or that of one of its batch: the others wait on. */
  #expire(now: Micros, request: Request): void {
    const isInTime = (frame: Uint8Array, offset: number) => this.#requests.isInTime(now, request, frame, offset);
    const [rest, over] =
      request.count > 1 && request.mdp.hasParts ? this.#requests.parted(request, isInTime) : [undefined, request];
    if (over !== undefined) this.#answers.refuse(over, 'expired', rest === undefined);
    if (rest !== undefined) this.#waiting.addAgain(rest.service.queue, rest);
  }

  /** All is done: workers are told that this broker goes. */
  #dismiss(now: Micros): void {
    for (const worker of this.#workforce.values()) this.#dismissOne(now, worker, 'draining');
  }

  /** B2, B3: the last word to a worker. */
  #dismissOne(now: Micros, worker: Worker, cause: string): void {
    this.#disconnect(worker.address, worker.mdp);
    this.#forget(now, worker, cause);
  }

  #disconnect(address: Uint8Array, mdp: Mdp): void {
    this.#counters.disconnects++;
    this.#effects.send(this.#socket, mdp.fromBroker.disconnect(address));
  }
}

const NEVER = Number.POSITIVE_INFINITY;
/** Requests handed out for one service in one turn: a turn must not outlast heartbeats, nor a pipe's room. */
const burstMax = 512;
/** Clients whose leaving is remembered. */
const departedMax = 65_536;

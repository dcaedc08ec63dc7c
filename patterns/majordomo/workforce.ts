/**
 * The broker's workers and what each of them has. A worker of our make gets requests while it has fewer transactions than
 * its credit says, and each request is known by a number; one of another make has one at a time, known by its client's address.
 */
import type { Effects, Frames, Micros, SocketId, Token } from '../machine.ts';
import { same } from '../parts/bytes.ts';
import { LinkedList } from '../parts/linked-list.ts';
import { addressOf, creditIn, encodeTerms, requestAt } from './credit.ts';
import type { Mdp } from './mdp.ts';
import type { Request, Service, Worker } from './service.ts';

/** How often workers are to be heard from, and after how much silence they are taken for lost. */
export interface Rhythm {
  readonly interval: Micros;
  readonly timeout: Micros;
}

export class Workforce {
  readonly #effects: Effects;
  readonly #socket: SocketId;
  readonly #ours: Rhythm;
  readonly #plain: Rhythm;
  /** Heartbeats leave in sweeps, and so up to one of them early rather than late. */
  readonly #sweepEvery: Micros;
  readonly #byKey = new Map<string, Worker>();
  readonly #byToken = new Map<Token, Worker>();
  readonly #withWorkers = new Map<number, Request>();
  /** Those that had no room for what they were sent, and when they are asked again. */
  readonly #resting = new Set<Worker>();
  #wakeAt: Micros = NEVER;
  #number = 0;
  #handed = 0;
  #token: Token = firstWorkerToken;

  constructor(effects: Effects, socket: SocketId, ours: Rhythm, plain: Rhythm, sweepEvery: Micros) {
    this.#effects = effects;
    this.#socket = socket;
    this.#ours = ours;
    this.#plain = plain;
    this.#sweepEvery = sweepEvery;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Transactions that are with workers, unanswered. */
  get handed(): number {
    return this.#handed;
  }

  /** When resting workers are to be woken. */
  get wakeAt(): Micros {
    return this.#wakeAt;
  }

  get(key: string): Worker | undefined {
    return this.#byKey.get(key);
  }

  values(): Iterable<Worker> {
    return this.#byKey.values();
  }

  register(now: Micros, key: string, address: Uint8Array, mdp: Mdp, service: Service): Worker {
    const credit = creditIn(address);
    const isOurs = credit > 0;
    const { interval, timeout } = isOurs ? this.#ours : this.#plain;
    const worker: Worker = {
      key,
      address,
      mdp,
      service,
      isOurs,
      credit: isOurs ? credit : 1,
      load: 0,
      level: -1,
      requests: new LinkedList(),
      token: this.#token++,
      interval,
      timeout,
      saidAt: 0,
      heartbeatAt: now,
      expiryAt: now + timeout,
      next: undefined,
      previous: undefined,
    };
    this.#byKey.set(key, worker);
    this.#byToken.set(worker.token, worker);
    service.workers++;
    service.able++;
    service.spare.add(worker);
    if (isOurs) this.beat(now, worker, true);
    return worker;
  }

  /** Takes a worker off the list; what it had is the caller's to deal with. */
  remove(worker: Worker): void {
    const { service } = worker;
    this.#byKey.delete(worker.key);
    this.#byToken.delete(worker.token);
    this.#resting.delete(worker);
    service.spare.remove(worker);
    service.workers--;
    if (worker.credit > 0) service.able--;
  }

  /** It may have so many requests from here on; with 0 it finishes what it has and gets no more. */
  setCredit(worker: Worker, credit: number): void {
    const { service } = worker;
    if (worker.credit > 0 !== credit > 0) service.able += credit > 0 ? 1 : -1;
    worker.credit = credit;
    service.spare.remove(worker);
    this.#offer(worker);
  }

  /** Gives a worker a request. */
  hand(now: Micros, worker: Worker, request: Request): void {
    worker.requests.append(request);
    this.#load(worker, request.count);
    request.worker = worker;
    request.number = this.#nextNumber();
    this.#withWorkers.set(request.number, request);
    const address = worker.isOurs ? addressOf(request.number) : request.client;
    this.#tell(now, worker, worker.mdp.fromBroker.request(worker.address, address, request.body), request.number);
  }

  /** The request that a worker's answer is for; undefined where it owes none to that address. */
  requestAt(worker: Worker, address: Uint8Array): Request | undefined {
    if (!worker.isOurs) {
      const request = worker.requests.first;
      return request !== undefined && same(request.client, address) ? request : undefined;
    }
    const request = this.#withWorkers.get(requestAt(address));
    return request?.worker === worker ? request : undefined;
  }

  /** The request that was sent with that token, if a worker still has it. */
  requestSent(token: Token): Request | undefined {
    return this.#withWorkers.get(token);
  }

  /** The worker that was sent something else with that token. */
  workerSent(token: Token): Worker | undefined {
    return this.#byToken.get(token);
  }

  /** A worker has that request no more. */
  release(request: Request): void {
    const worker = request.worker!;
    this.#withWorkers.delete(request.number);
    request.worker = undefined;
    worker.requests.remove(request);
    this.#load(worker, -openIn(request));
  }

  /** A worker has answered that one of a batch, and has others of it yet. */
  answered(request: Request, sequence: number): void {
    const before = openIn(request);
    request.answered ??= new Set();
    // However often it says so, one is left for the answer that ends it.
    if (before > 1) request.answered.add(sequence);
    this.#load(request.worker!, openIn(request) - before);
  }

  /** It had no room: leave it alone for a moment. */
  rest(now: Micros, worker: Worker): void {
    worker.service.spare.remove(worker);
    this.#resting.add(worker);
    this.#wakeAt = Math.min(this.#wakeAt, now + pause);
  }

  /** The services whose workers may be asked again. */
  wake(now: Micros, stir: (service: Service) => void): void {
    if (now < this.#wakeAt) return;
    this.#wakeAt = NEVER;
    const rested = [...this.#resting];
    this.#resting.clear();
    for (const worker of rested) {
      this.#offer(worker);
      stir(worker.service);
    }
  }

  /** A heartbeat, with the terms where they are asked for: only a worker of ours understands those. */
  beat(now: Micros, worker: Worker, withTerms: boolean): void {
    const { credit, interval, timeout, saidAt, mdp, address } = worker;
    const terms = withTerms ? encodeTerms({ credit, interval, timeout, saidAt }) : undefined;
    this.#tell(now, worker, mdp.fromBroker.heartbeat(address, terms), worker.token);
  }

  #load(worker: Worker, more: number): void {
    worker.service.spare.remove(worker);
    worker.load += more;
    this.#handed += more;
    this.#offer(worker);
  }

  #offer(worker: Worker): void {
    if (worker.load < worker.credit && !this.#resting.has(worker)) worker.service.spare.add(worker);
  }

  #tell(now: Micros, worker: Worker, frames: Frames, token: Token): void {
    worker.heartbeatAt = now + worker.interval - this.#sweepEvery;
    this.#effects.send(this.#socket, frames, token);
  }

  #nextNumber(): number {
    do this.#number = (this.#number + 1) % firstWorkerToken;
    while (this.#number === 0 || this.#withWorkers.has(this.#number));
    return this.#number;
  }
}

/** Transactions of a request that its worker has not answered. */
export function openIn({ count, answered }: Request): number {
  return answered === undefined ? count : count - answered.size;
}

const NEVER = Number.POSITIVE_INFINITY;
const pause: Micros = 5_000;
/** Requests' numbers are the tokens of their sends, and fit in 32 bits. */
const firstWorkerToken: Token = 2 ** 32;

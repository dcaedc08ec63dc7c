/**
 * Requests that wait for a worker. Each service has a queue in which its clients take turns, however many requests each
 * of them has there. No client fills a queue: it may have as many waiting as there are places left for others, so that
 * one alone gets half of them and a newcomer always finds room. The same holds for all queues together, and their bytes.
 */
import type { Micros } from '../machine.ts';
import { type Linked, LinkedList } from '../parts/linked-list.ts';

export interface Waits<R> extends Linked<R> {
  readonly clientKey: string;
  /** Transactions in it: limits are of those. */
  readonly count: number;
  readonly bytes: number;
  readonly deadline: Micros;
}

export interface WaitingLimits {
  /** Requests in one queue. */
  readonly queue: number;
  /** Requests, and their bytes, in all of them. */
  readonly total: number;
  readonly bytes: number;
}

/** What one client has waiting in one service, oldest first. */
interface Line<R extends Waits<R>> extends Linked<Line<R>> {
  readonly client: Client<R>;
  readonly queue: Queue<R>;
  readonly requests: LinkedList<R>;
  /** Transactions in them. */
  size: number;
}

/** What one client has waiting everywhere, transactions and bytes. Forgotten when that is nothing. */
interface Client<R extends Waits<R>> {
  readonly key: string;
  readonly lines: Line<R>[];
  size: number;
  bytes: number;
}

/** The queue of one service. */
export class Queue<R extends Waits<R>> {
  /** Those that a worker has had already: they come first, and count for no client. */
  readonly again = new LinkedList<R>();
  /** The clients that have some waiting; the first is the next one's turn. */
  readonly turns = new LinkedList<Line<R>>();
  /** Transactions in all of them. */
  size = 0;
  /** No request in it expires before. */
  expiryAt: Micros = Number.POSITIVE_INFINITY;
}

export class WaitingRoom<R extends Waits<R>> {
  readonly #limits: WaitingLimits;
  readonly #clients = new Map<string, Client<R>>();
  #size = 0;
  #bytes = 0;

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  /** How many wait, in all queues. */
  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a request in; false where its client has no room left for all of it. */
  add(queue: Queue<R>, request: R): boolean {
    const { clientKey, count, bytes } = request;
    if (!this.fits(queue, clientKey, count, bytes)) return false;
    const client = this.#clients.get(clientKey) ?? this.#client(clientKey);
    const line = this.#lineOf(client, queue);
    client.size += count;
    client.bytes += bytes;
    line.size += count;
    line.requests.append(request);
    this.#enter(queue, request);
    return true;
  }

  /** Whether a client has room for so many more: as if they came one by one, and each took a place from the next. */
  fits(queue: Queue<R>, clientKey: string, count: number, bytes: number): boolean {
    const client = this.#clients.get(clientKey);
    const line = client?.lines.find((one) => one.queue === queue);
    const { queue: places, total, bytes: bytesMax } = this.#limits;
    const taken = 2 * count - 1;
    if ((line?.size ?? 0) + queue.size + taken > places) return false;
    if ((client?.size ?? 0) + this.#size + taken > total) return false;
    return (client?.bytes ?? 0) + this.#bytes + (bytes * taken) / count <= bytesMax;
  }

  /** Takes back one that was taken out before: it is the next again, whatever the limits say. */
  addAgain(queue: Queue<R>, request: R): void {
    this.#enter(queue, request);
    queue.again.append(request);
  }

  /** Takes out the next one: of those that came back, otherwise of the client whose turn it is. */
  take(queue: Queue<R>): R | undefined {
    const again = queue.again.shift();
    if (again !== undefined) {
      this.#leave(queue, again);
      return again;
    }
    const line = queue.turns.first;
    if (line === undefined) return undefined;
    const request = line.requests.first!;
    this.#remove(line, request);
    if (line.requests.size > 0) {
      queue.turns.remove(line);
      queue.turns.append(line);
    }
    return request;
  }

  /** Takes out those whose time is over. */
  takeExpired(now: Micros, queue: Queue<R>): R[] {
    if (now < queue.expiryAt) return [];
    queue.expiryAt = Number.POSITIVE_INFINITY;
    return this.#takeAll(queue, (request) => {
      if (now >= request.deadline) return true;
      queue.expiryAt = Math.min(queue.expiryAt, request.deadline);
      return false;
    });
  }

  /** Takes out all. */
  empty(queue: Queue<R>): R[] {
    return this.#takeAll(queue, () => true);
  }

  /** Takes out what a client has waiting; those that came back after a worker had them are left. */
  takeClient(key: string): R[] {
    const taken: R[] = [];
    for (const line of [...(this.#clients.get(key)?.lines ?? [])]) {
      for (const request of line.requests) {
        this.#remove(line, request);
        taken.push(request);
      }
    }
    return taken;
  }

  #takeAll(queue: Queue<R>, which: (request: R) => boolean): R[] {
    const taken: R[] = [];
    for (const request of queue.again) {
      if (!which(request)) continue;
      queue.again.remove(request);
      this.#leave(queue, request);
      taken.push(request);
    }
    for (const line of queue.turns) {
      for (const request of line.requests) {
        if (!which(request)) continue;
        this.#remove(line, request);
        taken.push(request);
      }
    }
    return taken;
  }

  #enter(queue: Queue<R>, request: R): void {
    queue.size += request.count;
    if (request.deadline < queue.expiryAt) queue.expiryAt = request.deadline;
    this.#size += request.count;
    this.#bytes += request.bytes;
  }

  #leave(queue: Queue<R>, request: R): void {
    queue.size -= request.count;
    this.#size -= request.count;
    this.#bytes -= request.bytes;
  }

  #remove(line: Line<R>, request: R): void {
    const { client, queue, requests } = line;
    requests.remove(request);
    this.#leave(queue, request);
    line.size -= request.count;
    client.size -= request.count;
    client.bytes -= request.bytes;
    if (requests.size > 0) return;
    queue.turns.remove(line);
    client.lines.splice(client.lines.indexOf(line), 1);
    if (client.lines.length === 0) this.#clients.delete(client.key);
  }

  #client(key: string): Client<R> {
    const client = { key, lines: [], size: 0, bytes: 0 };
    this.#clients.set(key, client);
    return client;
  }

  #lineOf(client: Client<R>, queue: Queue<R>): Line<R> {
    const known = client.lines.find((one) => one.queue === queue);
    if (known !== undefined) return known;
    const line = { client, queue, requests: new LinkedList<R>(), size: 0, next: undefined, previous: undefined };
    client.lines.push(line);
    queue.turns.append(line);
    return line;
  }
}

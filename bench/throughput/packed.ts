/**
 * Bare sockets that pack: what a turn of the event loop has to say goes as one message, and nothing is promised. What
 * packing alone gives, and so the ceiling of every pattern that packs.
 */
import { type Dealer, Router } from 'zeromq';
import { askInLanes, payloadBytes } from './lanes.ts';
import type { Asker } from './peer.ts';
import { opened, unbounded } from './raw.ts';

export async function servePacked(endpoint: string): Promise<void> {
  const router = new Router({ sendTimeout: 0, linger: 0, ...unbounded });
  await router.bind(endpoint);
  void answer(router);
}

/** Every request is taken out and every answer put in, as if there were a handler between. */
async function answer(router: Router): Promise<void> {
  for await (const [asker, requests] of router) {
    const answers = Buffer.allocUnsafe(requests!.length);
    let end = 0;
    each(requests!, (slot, payload) => {
      end = put(answers, end, slot, echo(payload));
    });
    void router.send([asker!, answers]);
  }
}

export function askPacked(endpoint: string): Asker {
  const pack = new Pack(opened(endpoint));
  void pack.receive();
  return (window, forMs, bytes = payloadBytes) =>
    askInLanes((request) => pack.transact(request), { window, forMs, bytes });
}

class Pack {
  readonly #dealer: Dealer;
  readonly #resolves: ((reply: Uint8Array) => void)[] = [];
  readonly #free: number[] = [];
  readonly #waiting: { slot: number; payload: Uint8Array }[] = [];

  constructor(dealer: Dealer) {
    this.#dealer = dealer;
  }

  transact(payload: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve) => {
      const slot = this.#free.pop() ?? this.#resolves.length;
      this.#resolves[slot] = resolve;
      if (this.#waiting.push({ slot, payload }) === 1) queueMicrotask(() => this.#flush());
    });
  }

  async receive(): Promise<void> {
    for await (const [answers] of this.#dealer) {
      each(answers!, (slot, payload) => {
        this.#free.push(slot);
        this.#resolves[slot]!(payload);
      });
    }
  }

  #flush(): void {
    const size = this.#waiting.reduce((bytes, { payload }) => bytes + headerBytes + payload.length, 0);
    const message = Buffer.allocUnsafe(size);
    let end = 0;
    for (const { slot, payload } of this.#waiting) end = put(message, end, slot, payload);
    this.#waiting.length = 0;
    void this.#dealer.send(message);
  }
}

function each(message: Buffer, take: (slot: number, payload: Uint8Array) => void): void {
  for (let at = 0; at < message.length; ) {
    const payloadAt = at + headerBytes;
    const end = payloadAt + message.readUInt32LE(at + 4);
    take(message.readUInt32LE(at), message.subarray(payloadAt, end));
    at = end;
  }
}

function put(into: Buffer, at: number, slot: number, payload: Uint8Array): number {
  into.writeUInt32LE(slot, at);
  into.writeUInt32LE(payload.length, at + 4);
  into.set(payload, at + headerBytes);
  return at + headerBytes + payload.length;
}

function echo(payload: Uint8Array): Uint8Array {
  return payload;
}

/** A number of its own, and the payload's length. */
const headerBytes = 8;

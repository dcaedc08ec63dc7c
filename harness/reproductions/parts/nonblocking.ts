/** Sends that do not block, to endpoints where nobody ever was: how many are taken, and how soon the others come back. */
import { setImmediate as turn } from 'node:timers/promises';
import { ZeromqDriver } from '../../../patterns/drivers/zeromq.ts';
import type { Effects, Machine, Micros, SocketId, Token } from '../../../patterns/machine.ts';
import { freePorts } from '../../worlds/processes/ports.ts';

export interface Nonblocking {
  readonly accepted: number;
  /** From the send until it was said that it was not taken, in milliseconds: the middle one, and the longest. */
  readonly refusedMs: { readonly median: number; readonly worst: number };
}

export async function sendWithoutBlocking(
  highWaterMark: number,
  immediate: boolean,
  endpoints: number,
  sends: number,
): Promise<Nonblocking> {
  const ports = await freePorts(endpoints);
  const made = (effects: Effects) => new Sender(effects, highWaterMark, immediate, ports);
  const driver = new ZeromqDriver(made, {}, 0);
  try {
    // One in each turn, so that none waits for another: what comes back does so in the turn that it was sent in.
    for (let n = 0; n < sends; n++) {
      driver.input((sender, now) => sender.send(now, n));
      await turn();
    }
    const refusals = [...driver.machine.refusedMicros].sort((a, b) => a - b);
    const refusedMs = { median: inMs(refusals[refusals.length >> 1]), worst: inMs(refusals.at(-1)) };
    return { accepted: sends - refusals.length, refusedMs };
  } finally {
    driver.close();
  }
}

function inMs(micros = 0): number {
  return micros / 1000;
}

class Sender implements Machine {
  readonly #effects: Effects;
  readonly #socket: SocketId;
  readonly #sentAt: Micros[] = [];
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly drained = true;
  readonly refusedMicros: number[] = [];

  constructor(effects: Effects, sendHighWaterMark: number, immediate: boolean, ports: readonly number[]) {
    this.#effects = effects;
    this.#socket = effects.open({ type: 'dealer', sendHighWaterMark, immediate });
    for (const port of ports) effects.connect(this.#socket, `tcp://127.0.0.1:${port}`);
  }

  send(now: Micros, token: Token): void {
    this.#sentAt[token] = now;
    this.#effects.send(this.#socket, [message], token);
  }

  unsent(now: Micros, _: SocketId, token: Token): void {
    this.refusedMicros.push(now - this.#sentAt[token]!);
  }

  received(): void {}
  linked(): void {}
  failed(): void {}
  expired(): void {}
  flush(): void {}
  drain(): void {}
}

const message = new Uint8Array(16);

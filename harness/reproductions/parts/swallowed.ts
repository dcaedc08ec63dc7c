/** How many messages an endpoint that was never up takes before a send that does not block comes back. */
import { ZeromqDriver } from '../../../patterns/drivers/zeromq.ts';
import type { Effects, Machine } from '../../../patterns/machine.ts';
import { freePorts } from '../../worlds/processes/ports.ts';

export interface Swallowed {
  readonly highWaterMark: number;
  readonly immediate: boolean;
  readonly count: number;
  readonly expected: number;
}

export async function swallowed(): Promise<Swallowed[]> {
  const results: Swallowed[] = [];
  for (const [highWaterMark, immediate] of cases) {
    const [port] = await freePorts(1);
    const driver = new ZeromqDriver(
      (effects) => new Sender(effects, highWaterMark, immediate, `tcp://127.0.0.1:${port}`),
      {},
      0,
    );
    driver.input((sender) => sender.sendAll());
    const { machine } = driver;
    // A send that does not block comes back in the turn it was made in: what has not by now never will.
    await new Promise((next) => setTimeout(next, 50));
    driver.close();
    const expected = immediate ? 0 : highWaterMark;
    results.push({ highWaterMark, immediate, count: sendsMax - machine.returned, expected });
  }
  return results;
}

/** Sends a number of messages at once, and counts those that come back. */
class Sender implements Machine {
  readonly #effects: Effects;
  readonly #socket: number;
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly drained = true;
  returned = 0;

  constructor(effects: Effects, sendHighWaterMark: number, immediate: boolean, endpoint: string) {
    this.#effects = effects;
    this.#socket = effects.open({ type: 'dealer', sendHighWaterMark, immediate });
    effects.connect(this.#socket, endpoint);
  }

  sendAll(): void {
    for (let i = 0; i < sendsMax; i++) this.#effects.send(this.#socket, [message], i);
  }

  unsent(): void {
    this.returned++;
  }

  received(): void {}
  linked(): void {}
  failed(): void {}
  expired(): void {}
  flush(): void {}
  drain(): void {}
}

const message = new Uint8Array(16);
const sendsMax = 3000;
const cases: readonly [number, boolean][] = [
  [1, false],
  [10, false],
  [1000, false],
  [1, true],
];

/** A bare DEALER that deals requests out over servers, one of which is killed while it works: how many answers never come. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ZeromqDriver } from '../../../patterns/drivers/zeromq.ts';
import type { Effects, Machine, Micros, SocketId, Token } from '../../../patterns/machine.ts';
import { findPattern } from '../../registry.ts';
import { parseScenario } from '../../scenario.ts';
import { freeEndpoints } from '../../worlds/processes/ports.ts';
import { ProcessWorld } from '../../worlds/processes/world.ts';
import type { ReproductionOptions } from '../reproduction.ts';

export interface DealtOut {
  readonly highWaterMark: number;
  readonly payloadBytes: number;
  readonly requests: number;
  readonly lost: number;
}

/** The servers take plain requests of any make, one at a time; the killed one does not come back while it matters. */
export async function dealOut(
  { highWaterMark, payloadBytes, requests }: Omit<DealtOut, 'lost'>,
  { signal = new AbortController().signal, seed }: ReproductionOptions,
): Promise<DealtOut> {
  const endpoints = await freeEndpoints(servers);
  const scenario = parseScenario({
    name: 'dealt-out',
    pattern: 'brokerless-req',
    seed,
    settings: { slots: 1 },
    topology: { servers, endpoints },
    handler: { serviceMs },
    restart: 'never',
  });
  const folder = mkdtempSync(join(tmpdir(), 'privateer-dealt-out-'));
  mkdirSync(join(folder, 'ledgers'));
  const world = new ProcessWorld(scenario, await findPattern(scenario.pattern), folder, signal);
  let driver: ZeromqDriver<Dealer> | undefined;
  try {
    await world.start();
    const made = (effects: Effects) => new Dealer(effects, highWaterMark, endpoints, payloadBytes, requests);
    driver = new ZeromqDriver(made, {}, seed);
    const { machine } = driver;
    driver.input((dealer, now) => dealer.begin(now));
    await until(() => machine.accepted === requests, signal);
    await world.nodes.find(({ name }) => name === 'server-1')!.kill();
    const share = requests / servers;
    await until(() => machine.replies >= requests - share, signal);
    // What came from the victim before its death counts for it, so those that live may have more to say.
    for (let before = -1; before !== machine.replies; ) {
      before = machine.replies;
      await sleep(10 * serviceMs, undefined, { signal });
    }
    return { highWaterMark, payloadBytes, requests, lost: requests - machine.replies };
  } finally {
    driver?.close();
    await world.stop(0);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
  for (let waitedMs = 0; !isSo(); waitedMs += 5) {
    if (waitedMs > patienceMs) throw new Error('the servers did not answer');
    await sleep(5, undefined, { signal });
  }
}

/** Begins once it is connected to all; sends what is not taken again a little later, as a send that blocks would. */
class Dealer implements Machine {
  readonly #effects: Effects;
  readonly #socket: SocketId;
  readonly #message: readonly Uint8Array[];
  readonly #requests: number;
  readonly #servers: number;
  readonly drained = true;
  deadline: Micros = Number.POSITIVE_INFINITY;
  #up = 0;
  #sent = 0;
  #isAnswered = true;
  accepted = 0;
  replies = 0;

  constructor(
    effects: Effects,
    sendHighWaterMark: number,
    endpoints: readonly string[],
    bytes: number,
    requests: number,
  ) {
    this.#effects = effects;
    this.#requests = requests;
    this.#servers = endpoints.length;
    this.#message = [new Uint8Array(0), new Uint8Array(bytes)];
    this.#socket = effects.open({ type: 'dealer', sendHighWaterMark });
    for (const endpoint of endpoints) effects.connect(this.#socket, endpoint);
  }

  begin(now: Micros): void {
    this.deadline = now + againMicros;
  }

  linked(_now: Micros, _socket: SocketId, _endpoint: string, up: boolean): void {
    if (up) this.#up++;
  }

  /** One a turn: by the next it is known whether it was taken. */
  expired(now: Micros): void {
    this.deadline = now + againMicros;
    if (this.#up < this.#servers) return;
    if (this.#isAnswered) this.accepted = this.#sent;
    if (this.accepted === this.#requests) {
      this.deadline = Number.POSITIVE_INFINITY;
      return;
    }
    this.#isAnswered = true;
    this.#sent = this.accepted + 1;
    this.#effects.send(this.#socket, this.#message, this.#sent);
  }

  unsent(_now: Micros, _socket: SocketId, _token: Token): void {
    this.#isAnswered = false;
  }

  received(): void {
    this.replies++;
  }

  failed(): void {}
  flush(): void {}
  drain(): void {}
}

const servers = 3;
const serviceMs = 40;
const againMicros = 1000;
const patienceMs = 30_000;

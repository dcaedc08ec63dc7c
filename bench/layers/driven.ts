/** A pair of drivers over loopback, with machines between them that do nothing: what the sockets alone cost. */
import { freePorts } from '../../harness/worlds/processes/ports.ts';
import { ZeromqDriver } from '../../patterns/drivers/zeromq.ts';
import type { Effects, Frames, Machine, Micros, SocketId } from '../../patterns/machine.ts';

export interface DrivenPair {
  /** Sends so many messages at once; resolves when as many have come back. */
  round(count: number): Promise<void>;
  close(): void;
}

export async function drivenPair(payload: Uint8Array): Promise<DrivenPair> {
  const [port] = await freePorts(1);
  const endpoint = `tcp://127.0.0.1:${port}`;
  const server = new ZeromqDriver((effects) => new Echo(effects, endpoint), {}, 1);
  await server.bound();
  let came: () => void = () => undefined;
  const client = new ZeromqDriver((effects) => new Caller(effects, endpoint, () => came()), {}, 1);
  const round = (count: number) =>
    new Promise<void>((resolve) => {
      let left = count;
      came = () => {
        if (--left === 0) resolve();
      };
      client.input((caller) => {
        for (let i = 0; i < count; i++) caller.send([payload]);
      });
    });
  await round(1);
  const close = () => {
    client.close();
    server.close();
  };
  return { round, close };
}

/** What every machine has; these want nothing of time. */
abstract class Idle implements Machine {
  readonly deadline: Micros = Number.POSITIVE_INFINITY;
  readonly drained = true;
  abstract received(now: Micros, socket: SocketId, frames: Frames): void;
  unsent(): void {}
  linked(): void {}
  failed(): void {}
  expired(): void {}
  flush(): void {}
  drain(): void {}
}

class Echo extends Idle {
  readonly #effects: Effects;

  constructor(effects: Effects, endpoint: string) {
    super();
    this.#effects = effects;
    effects.bind(effects.open({ type: 'router', sendHighWaterMark: 0, receiveHighWaterMark: 0 }), endpoint);
  }

  received(_now: Micros, socket: SocketId, frames: Frames): void {
    this.#effects.send(socket, frames);
  }
}

class Caller extends Idle {
  readonly #effects: Effects;
  readonly #socket: SocketId;
  readonly #came: () => void;

  constructor(effects: Effects, endpoint: string, came: () => void) {
    super();
    this.#effects = effects;
    this.#came = came;
    this.#socket = effects.open({ type: 'dealer', sendHighWaterMark: 0, receiveHighWaterMark: 0 });
    effects.connect(this.#socket, endpoint);
  }

  send(frames: Frames): void {
    this.#effects.send(this.#socket, frames);
  }

  received(): void {
    this.#came();
  }
}

/** A link between two nodes: a door for each endpoint that is called through it, and the connections made by them. */
import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { seedFrom } from '../../../../patterns/parts/chance.ts';
import { Conditions } from '../../conditions.ts';
import { type Direction, type Impairment, leavesHoles, narrowing } from '../../impairment.ts';
import type { Door, LinkSpec } from './relay-spec.ts';
import { reset } from './reset.ts';
import { Way } from './way.ts';

interface Connection {
  /** Of who calls, and of who is called. */
  readonly sockets: readonly [near: Socket, far: Socket];
  readonly ways: Readonly<Record<Direction, Way>>;
}

export class Link {
  readonly #spec: LinkSpec;
  readonly #conditions: Readonly<Record<Direction, Conditions>>;
  readonly #servers = new Map<Door, Server>();
  readonly #connections = new Set<Connection>();
  /** Sockets that were accepted, and that is all. */
  readonly #ignored = new Set<Socket>();
  readonly #refusals = new Set<number>();
  readonly #acceptances = new Set<number>();

  /** @param struck is told of each message that met its fate, by the number of its impairment. */
  constructor(
    spec: LinkSpec,
    seed: number,
    isHeartbeat?: (frames: readonly Uint8Array[]) => boolean,
    struck?: (id: number) => void,
  ) {
    this.#spec = spec;
    const conditions = (direction: Direction) =>
      new Conditions(seedFrom(seed, `${spec.name}:${direction}`), isHeartbeat, struck);
    this.#conditions = { requests: conditions('requests'), replies: conditions('replies') };
  }

  async open(): Promise<void> {
    await Promise.all(this.#spec.doors.map((door) => this.#listen(door)));
  }

  /** @param id names it for its end. */
  async impair(id: number, impairment: Impairment, directions: readonly Direction[]): Promise<void> {
    switch (impairment.kind) {
      case 'reset':
        this.#reset();
        return;
      case 'half-close':
        for (const { ways } of this.#connections) for (const one of directions) ways[one].halfClose();
        return;
      case 'half-open':
        for (const { ways } of this.#connections) {
          for (const one of directions) ways[one].resetReceiver();
        }
        return;
      case 'refuse':
        this.#refusals.add(id);
        await this.#close();
        return;
      case 'accept-only':
        this.#acceptances.add(id);
        this.#reset();
        return;
      default:
        for (const one of directions) this.#conditions[one].set(id, impairment);
        for (const { ways } of this.#connections) {
          for (const one of directions) {
            if (impairment.kind === 'cut') ways[one].empty();
            ways[one].pump();
          }
        }
    }
  }

  async heal(id: number, { kind }: Impairment): Promise<void> {
    for (const one of Object.values(this.#conditions)) one.unset(id);
    this.#acceptances.delete(id);
    if (kind === 'refuse') {
      this.#refusals.delete(id);
      if (this.#refusals.size === 0) await this.open();
    }
    if (leavesHoles.has(kind)) this.#reset();
    for (const { ways } of this.#connections) {
      for (const way of Object.values(ways)) {
        if (narrowing.has(kind)) way.widen();
        way.pump();
      }
    }
  }

  #reset(): void {
    for (const { sockets } of this.#connections) for (const socket of sockets) reset(socket);
    for (const socket of this.#ignored) reset(socket);
  }

  async #close(): Promise<void> {
    const servers = [...this.#servers.values()];
    this.#servers.clear();
    const closed = servers.map((server) => new Promise((done) => server.close(done)));
    this.#reset();
    await Promise.all(closed);
  }

  async #listen(door: Door): Promise<void> {
    for (let tries = 1; ; tries++) {
      const server = createServer({ allowHalfOpen: true }, (near) => this.#accept(near, door));
      try {
        server.listen(door.port, '127.0.0.1');
        await once(server, 'listening');
        this.#servers.set(door, server);
        return;
      } catch (error) {
        if (tries === listenTriesMax) throw error;
        await sleep(listenAgainMs);
      }
    }
  }

  #accept(near: Socket, { target }: Door): void {
    near.setNoDelay(true);
    near.on('error', () => undefined);
    if (this.#acceptances.size > 0) {
      this.#ignored.add(near.pause());
      near.on('close', () => this.#ignored.delete(near));
      return;
    }
    const far = createConnection({ ...target, allowHalfOpen: true, noDelay: true });
    const isForth = this.#spec.requestsGo === 'to-listener';
    const [there, back] = isForth ? (['requests', 'replies'] as const) : (['replies', 'requests'] as const);
    const ways = {
      [there]: new Way(near, far, this.#conditions[there], this.#spec.follows),
      [back]: new Way(far, near, this.#conditions[back], this.#spec.follows),
    } as Record<Direction, Way>;
    const connection: Connection = { sockets: [near, far], ways };
    this.#connections.add(connection);
    for (const socket of connection.sockets) {
      socket.on('close', () => {
        if (connection.sockets.every(({ destroyed }) => destroyed)) this.#connections.delete(connection);
      });
    }
    for (const way of Object.values(ways)) way.pump();
  }
}

const listenTriesMax = 50;
const listenAgainMs = 20;

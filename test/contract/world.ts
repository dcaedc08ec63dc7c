/** Real sockets in one process: a pattern's servers (and brokers, where it has them) in a folder of their own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Broker,
  type Client,
  type ConnectSettings,
  connect,
  type Handler,
  type Running,
  type Server,
  serve,
  start,
} from '../../patterns/index.ts';
import { variantOf } from '../../patterns/names.ts';
import { type AnyPattern, listenerOf, type Role, type Variant } from '../../patterns/pattern.ts';

export type Given = Readonly<Record<string, unknown>>;

export class World {
  /** What clients connect to: servers, or brokers. Where clients listen, a name for each server. */
  readonly endpoints: string[] = [];
  /** Whom all others connect to. */
  readonly listener: Role;
  readonly #pattern: AnyPattern;
  readonly #variant: string;
  readonly #how: Variant;
  readonly #folder: string;
  /** Where clients will listen, where they do: servers must know it before. */
  readonly #seats: string[][] = [];
  readonly #allSeats: string[] = [];
  readonly #parts: (Client | Server | Running)[] = [];
  /** Who listens where: servers, or brokers. */
  readonly #listening = new Map<string, Server | Running>();
  readonly #children: ChildProcess[] = [];
  #names = 0;

  private constructor(pattern: AnyPattern, variant: string, folder: string) {
    this.#pattern = pattern;
    this.#variant = variant;
    this.#folder = folder;
    this.#how = variantOf(pattern, variant)[1];
    this.listener = listenerOf(pattern, this.#how);
    if (this.listener === 'client') {
      for (let seat = 0; seat < seatsMax; seat++) this.#seats.push(range(endpointsEach).map(() => this.endpoint()));
      this.#allSeats.push(...this.#seats.flat());
    }
  }

  static async open(pattern: AnyPattern, variant: string): Promise<World> {
    return new World(pattern, variant, await mkdtemp(join(tmpdir(), 'privateer-')));
  }

  /** An endpoint at which nobody listens yet. */
  endpoint(): string {
    return `ipc://${this.#folder}/${++this.#names}`;
  }

  /** One server more. Where there are brokers, or clients that listen, it calls all of them; the first broker is started by need. */
  async server(handler: Handler, settings: Given = {}): Promise<Server> {
    const variant = this.#variant;
    if (this.listener === 'server') {
      const bind = this.endpoint();
      const server = await serve(this.#pattern, { variant, bind, ...settings }, handler);
      this.endpoints.push(bind);
      this.#listening.set(bind, server);
      return this.#keep(server);
    }
    if (this.listener === 'client') {
      const server = await serve(this.#pattern, { variant, connect: this.#allSeats, ...settings }, handler);
      const name = `server ${++this.#names}`;
      this.endpoints.push(name);
      this.#listening.set(name, server);
      return this.#keep(server);
    }
    if (this.endpoints.length === 0) await this.broker();
    return this.#keep(await serve(this.#pattern, { variant, connect: this.endpoints, ...settings }, handler));
  }

  async broker(settings: Given = {}): Promise<Broker> {
    const bind = this.endpoint();
    const broker = await start(this.#pattern, 'broker', { variant: this.#variant, bind, ...settings });
    this.endpoints.push(bind);
    this.#listening.set(bind, broker);
    return this.#keep(broker);
  }

  /** One more of what clients connect to, with a handler of its own: a server, or a broker with a server. Returns its endpoint. */
  async peer(handler: Handler, settings: Given = {}): Promise<string> {
    if (this.#pattern.topology === 'broker') await this.broker();
    await this.server(
      handler,
      this.#pattern.topology === 'broker' ? { connect: this.endpoints.at(-1), ...settings } : settings,
    );
    return this.endpoints.at(-1)!;
  }

  /** So many of what `ready` counts: servers, or brokers with one server for all. */
  async peers(count: number, handler: Handler): Promise<void> {
    if (this.listener !== 'broker') {
      for (let i = 0; i < count; i++) await this.server(handler);
      return;
    }
    for (let i = 0; i < count; i++) await this.broker();
    await this.server(handler);
  }

  /** Closes who listens there, with whatever it holds. */
  async closeAt(endpoint: string): Promise<void> {
    await this.#listening.get(endpoint)!.close({ drainMs: 0 });
  }

  /** One of what `ready` counts, in a process of its own, so that a signal can stop it. */
  async peerProcess(): Promise<ChildProcess> {
    const bind = this.endpoint();
    const built = `../../dist/patterns/${this.#pattern.name}/pattern.js`;
    const told = {
      patternUrl: new URL(built, import.meta.url).href,
      variant: this.#variant,
      bind,
      ...(this.#pattern.topology === 'broker' ? { connect: bind } : {}),
    };
    const child = fork(fileURLToPath(new URL('./peer-process.mjs', import.meta.url)), [JSON.stringify(told)]);
    this.#children.push(child);
    await once(child, 'message');
    this.endpoints.push(bind);
    return child;
  }

  /** A client of whatever settings. */
  async connect(settings: Given): Promise<Client> {
    return this.#keep(await connect(this.#pattern, { variant: this.#variant, ...settings } as ConnectSettings));
  }

  async client(settings: Given = {}): Promise<Client> {
    if (this.listener !== 'client') {
      return this.connect({ endpoints: this.endpoints, ...settings });
    }
    const { endpoints: _, ...rest } = settings;
    const bind = this.#seats.shift()!;
    try {
      return await this.connect({ [this.#how.clientEndpoints!]: bind.length, bind, ...rest });
    } catch (error) {
      this.#seats.unshift(bind);
      throw error;
    }
  }

  /** A client whose server is still to come, and what brings one. */
  async early(): Promise<{ client: Client; arrive: (handler: Handler) => Promise<Server> }> {
    if (this.listener === 'server') {
      const bind = this.endpoint();
      const client = await this.client({ endpoints: [bind] });
      return { client, arrive: (handler) => this.server(handler, { bind }) };
    }
    if (this.listener === 'broker') await this.broker();
    return { client: await this.client(), arrive: (handler) => this.server(handler) };
  }

  /** A client, once a peer is ready. */
  async readyClient(settings: Given = {}): Promise<Client> {
    const client = await this.client(settings);
    await client.ready();
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.close({ drainMs: 0 })));
    await Promise.all(this.#children.map(killed));
    await rm(this.#folder, { recursive: true, force: true });
  }

  #keep<T extends Client | Server | Running>(part: T): T {
    this.#parts.push(part);
    return part;
  }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** A handler that waits to be let go, and what a test must know of it. */
export class Gate {
  /** Handlers inside now, the most there ever were, and all there have been. */
  inside = 0;
  most = 0;
  begun = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #watchers = new Set<() => void>();
  #open = false;

  readonly handler = async (request: Uint8Array): Promise<Uint8Array> => {
    this.begun++;
    this.most = Math.max(this.most, ++this.inside);
    for (const look of this.#watchers) look();
    if (!this.#open) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.inside--;
    return request;
  };

  /** Lets out who is inside, and holds nobody from here on. */
  open(): void {
    this.#open = true;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Resolves once so many have begun. */
  async until(begun: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (this.begun < begun) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }
}

/** Clients that a test may have at once where clients listen, and endpoints of each. */
const seatsMax = 3;
const endpointsEach = 12;

export const echo: Handler = (request) => request;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

export function text(given: Uint8Array): string {
  return decoder.decode(given);
}

/** What a promise was rejected with; fails where it was resolved. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const told = await promise.then(
    () => ({ failed: false, error: undefined }),
    (error: unknown) => ({ failed: true, error }),
  );
  if (!told.failed) throw new Error('it should have failed, and did not');
  return told.error;
}

/** 0, 1, … up to so many. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

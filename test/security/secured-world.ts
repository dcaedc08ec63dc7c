/** A pattern's listener (a server, or a broker with a server behind it) with keys, on TCP so that it can be tapped. */

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Broker,
  type Client,
  connect,
  type Denied,
  type Handler,
  type KeyPair,
  keyPair,
  type ListenerSecurity,
  type MisuseError,
  type Security,
  type Server,
  serve,
  start,
} from '../../patterns/index.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { text } from '../contract/world.ts';

export class SecuredWorld {
  readonly pattern: AnyPattern;
  readonly variant: string;
  readonly endpoint: string;
  /** The listener's, a listed caller's, and those of a broker's servers. */
  readonly listenerKeys = keyPair();
  readonly clientKeys = keyPair();
  readonly workerKeys = keyPair();
  /** Every request that reached a handler. */
  readonly ledger: string[] = [];
  /** What the listener told of connections that failed. */
  readonly denied: Denied[] = [];
  listener: Server | Broker | undefined;
  readonly #parts: (Client | Server | Broker)[] = [];

  private constructor(pattern: AnyPattern, variant: string, endpoint: string) {
    this.pattern = pattern;
    this.variant = variant;
    this.endpoint = endpoint;
  }

  static async open(pattern: AnyPattern, variant: string): Promise<SecuredWorld> {
    return new SecuredWorld(pattern, variant, `tcp://127.0.0.1:${await freePort()}`);
  }

  /** Whom the listener lets in, unless a test says otherwise. */
  get listening(): ListenerSecurity {
    return { ...this.listenerKeys, clients: [this.clientKeys.publicKey, this.workerKeys.publicKey] };
  }

  /** What a caller with these keys needs. */
  calling(keys: KeyPair): Security {
    return { ...keys, serverKey: this.listenerKeys.publicKey };
  }

  /** Starts what listens, and a handler that keeps the ledger; without any keys where they are `'none'`. */
  async listen(keys: ListenerSecurity | 'none' = this.listening): Promise<void> {
    const { pattern, variant, endpoint } = this;
    const given = keys === 'none' ? {} : { security: keys };
    if (pattern.topology === 'servers') {
      this.listener = await serve(pattern, { variant, bind: endpoint, ...given }, this.handler);
    } else {
      this.listener = await start(pattern, 'broker', { variant, bind: endpoint, ...given });
      await this.worker(keys === 'none' ? keys : this.calling(this.workerKeys));
    }
    this.#parts.push(this.listener);
    (this.listener as Broker).on('denied', (event) => this.denied.push(event));
  }

  /** A server that calls the broker. */
  async worker(keys: Security | 'none', handler: Handler = this.handler): Promise<Server> {
    const { pattern, variant, endpoint } = this;
    const given = keys === 'none' ? {} : { security: keys };
    return this.#keep(await serve(pattern, { variant, connect: endpoint, ...given }, handler));
  }

  async client(keys: Security | 'none', endpoints = this.endpoint): Promise<Client> {
    const given = keys === 'none' ? {} : { security: keys };
    return this.#keep(await connect(this.pattern, { variant: this.variant, endpoints, ...given }));
  }

  readonly handler: Handler = (request) => {
    this.ledger.push(text(request));
    return request;
  };

  /** Ends what listens, and its servers, but no client; and listens anew. */
  async listenAgain(keys: ListenerSecurity): Promise<void> {
    for (const part of this.#parts.splice(0)) {
      if ('transact' in part) this.#parts.push(part);
      else await part.close({ drainMs: 0 });
    }
    // libzmq closes the port in another thread, a moment later.
    const end = Date.now() + 10_000;
    for (;;) {
      try {
        return await this.listen(keys);
      } catch (error) {
        if ((error as MisuseError).setting !== 'bind' || Date.now() > end) throw error;
        await sleep(20);
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.close({ drainMs: 0 })));
  }

  #keep<T extends Client | Server>(part: T): T {
    this.#parts.push(part);
    return part;
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A wire that is listened in on: it passes everything on to another port, and keeps a copy. */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

export class Tap {
  readonly endpoint: string;
  readonly #heard: Buffer[];
  readonly #end: () => Promise<void>;

  private constructor(endpoint: string, heard: Buffer[], end: () => Promise<void>) {
    this.endpoint = endpoint;
    this.#heard = heard;
    this.#end = end;
  }

  static async open(port: number): Promise<Tap> {
    const heard: Buffer[] = [];
    const sockets = new Set<Socket>();
    const server = createServer((caller) => {
      const listener = createConnection(port, '127.0.0.1');
      for (const [from, to] of [
        [caller, listener],
        [listener, caller],
      ] as const) {
        sockets.add(from);
        from.on('data', (bytes: Buffer) => {
          heard.push(bytes);
          to.write(bytes);
        });
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
      }
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const end = async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    };
    return new Tap(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, heard, end);
  }

  /** Everything that went over it, both ways, in the order in which it came. */
  get heard(): Buffer {
    return Buffer.concat(this.#heard);
  }

  async close(): Promise<void> {
    await this.#end();
  }
}

/** Peers of other makes: bare sockets that say what a test has them say, in frames written from the RFCs alone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as zmq from 'zeromq';

/** Frames as text, a character a byte. */
export type Text = readonly string[];

/** 7/MDP and 18/MDP. Where 0.1 has no PARTIAL, `partial` is undefined. */
export interface Version {
  readonly name: '0.1' | '0.2';
  request(service: string, ...body: string[]): Text;
  /** What a client hears. */
  reply(service: string, ...body: string[]): Text;
  clientPartial: ((service: string, ...body: string[]) => Text) | undefined;
  ready(service: string): Text;
  /** What a worker hears. */
  workerRequest(address: string, ...body: string[]): Text;
  partial: ((address: string, ...body: string[]) => Text) | undefined;
  final(address: string, ...body: string[]): Text;
  readonly heartbeat: Text;
  readonly disconnect: Text;
}

export const mdp01: Version = {
  name: '0.1',
  request: (service, ...body) => ['', 'MDPC01', service, ...body],
  reply: (service, ...body) => ['', 'MDPC01', service, ...body],
  clientPartial: undefined,
  ready: (service) => ['', 'MDPW01', '\x01', service],
  workerRequest: (address, ...body) => ['', 'MDPW01', '\x02', address, '', ...body],
  partial: undefined,
  final: (address, ...body) => ['', 'MDPW01', '\x03', address, '', ...body],
  heartbeat: ['', 'MDPW01', '\x04'],
  disconnect: ['', 'MDPW01', '\x05'],
};

export const mdp02: Version = {
  name: '0.2',
  request: (service, ...body) => ['MDPC02', '\x01', service, ...body],
  reply: (service, ...body) => ['MDPC02', '\x03', service, ...body],
  clientPartial: (service, ...body) => ['MDPC02', '\x02', service, ...body],
  ready: (service) => ['MDPW02', '\x01', service],
  workerRequest: (address, ...body) => ['MDPW02', '\x02', address, '', ...body],
  partial: (address, ...body) => ['MDPW02', '\x03', address, '', ...body],
  final: (address, ...body) => ['MDPW02', '\x04', address, '', ...body],
  heartbeat: ['MDPW02', '\x05'],
  disconnect: ['MDPW02', '\x06'],
};

export const versions = [mdp01, mdp02] as const;

/** What a test opened, to be closed after it, the last first. */
export class Cleanups {
  readonly #all: (() => unknown)[] = [];

  add<T>(thing: T, close: (thing: T) => unknown): T {
    this.#all.push(() => close(thing));
    return thing;
  }

  /** An endpoint at which nobody listens yet. */
  endpoint(): string {
    const folder = mkdtempSync(join(tmpdir(), 'privateer-'));
    this.#all.push(() => rmSync(folder, { recursive: true, force: true }));
    return `ipc://${folder}/at`;
  }

  async run(): Promise<void> {
    for (const cleanup of this.#all.splice(0).reverse()) await cleanup();
  }
}

export function isText(frames: Text, expected: Text): boolean {
  return frames.length === expected.length && frames.every((frame, i) => frame === expected[i]);
}

/** A message that does not come within this is missing. */
const patienceMs = 8000;

/** Whatever comes in, kept until it is asked for. */
class Inbox {
  readonly all: Text[] = [];
  #read = 0;
  readonly #watchers = new Set<() => void>();

  add(frames: Text): void {
    this.all.push(frames);
    for (const look of [...this.#watchers]) look();
  }

  /** The next message not read yet that is like that. Those before it are passed over. */
  async next(is: (frames: Text) => boolean): Promise<Text> {
    let found: Text | undefined;
    await this.until(() => {
      while (found === undefined && this.#read < this.all.length) {
        const frames = this.all[this.#read++]!;
        if (is(frames)) found = frames;
      }
      return found !== undefined;
    });
    return found!;
  }

  async until(isSo: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!isSo()) return;
        this.#watchers.delete(look);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`it did not come; what did: ${JSON.stringify(this.all.slice(-8))}`));
      }, patienceMs);
      this.#watchers.add(look);
      look();
    });
  }
}

/** A client or a worker: a DEALER. */
export class RawDealer {
  readonly version: Version;
  readonly #socket: zmq.Dealer;
  readonly #inbox = new Inbox();

  constructor(version: Version, endpoint: string, cleanups: Cleanups, routingId?: string) {
    this.version = version;
    this.#socket = new zmq.Dealer({ linger: 0, ...(routingId === undefined ? {} : { routingId }) });
    this.#socket.connect(endpoint);
    cleanups.add(this, () => this.close());
    void this.#run();
  }

  /** Everything that came, in order. */
  get heard(): readonly Text[] {
    return this.#inbox.all;
  }

  async say(frames: Text): Promise<void> {
    await this.#socket.send(frames.map((frame) => Buffer.from(frame, 'latin1')));
  }

  ask(service: string, ...body: string[]): Promise<void> {
    return this.say(this.version.request(service, ...body));
  }

  /** The next message, heartbeats left out. */
  next(): Promise<Text> {
    return this.#inbox.next((frames) => !isText(frames, this.version.heartbeat));
  }

  heartbeats(): number {
    return this.heard.filter((frames) => isText(frames, this.version.heartbeat)).length;
  }

  until(isSo: () => boolean): Promise<void> {
    return this.#inbox.until(isSo);
  }

  /** The next request to this worker: the address it came from, and its body. */
  async work(): Promise<{ readonly address: string; readonly body: Text }> {
    const frames = await this.next();
    const lead = this.version.workerRequest('', '').length - 3;
    const [address, empty, ...body] = frames.slice(lead);
    const expected = this.version.workerRequest(address!, ...body);
    if (empty !== '' || !isText(frames, expected)) throw new Error(`no REQUEST: ${JSON.stringify(frames)}`);
    return { address: address!, body };
  }

  /** Answers requests with what it is given, until it is closed. */
  async serve(answer: (body: Text) => string[]): Promise<void> {
    for (;;) {
      const { address, body } = await this.work().catch(() => ({ address: undefined, body: [] }));
      if (address === undefined || this.#socket.closed) return;
      await this.say(this.version.final(address, ...answer(body)));
    }
  }

  /**
   * Everything that was sent to it until now has come when this resolves, and is returned as far as it was not read. Not
   * for workers: it asks as a client.
   */
  async fence(): Promise<Text[]> {
    const mark = `fence-${Math.random()}`;
    const answer = this.version.reply('mmi.service', '404');
    await this.ask('mmi.service', mark);
    const seen: Text[] = [];
    await this.#inbox.next((frames) => {
      seen.push(frames);
      return isText(frames, answer);
    });
    return seen.slice(0, -1).filter((frames) => !isText(frames, this.version.heartbeat));
  }

  close(): void {
    this.#socket.close();
  }

  async #run(): Promise<void> {
    try {
      for await (const frames of this.#socket) this.#inbox.add(frames.map((frame) => frame.toString('latin1')));
    } catch {
      // It was closed while it waited.
    }
  }
}

/** One message to a raw broker. */
export interface Heard {
  readonly from: string;
  readonly frames: Text;
  readonly atMs: number;
}

/** A broker: a ROUTER that leaves everything to the test, heartbeats included. */
export class RawRouter {
  readonly version: Version;
  readonly endpoint: string;
  readonly heard: Heard[] = [];
  readonly #socket = new zmq.Router({ linger: 0 });
  readonly #inbox = new Inbox();
  /** Asked of each message; what it answers is said back at once. */
  reflex: (from: string, frames: Text) => Text | undefined = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(version: Version, endpoint: string) {
    this.version = version;
    this.endpoint = endpoint;
  }

  static async open(version: Version, cleanups: Cleanups, endpoint = cleanups.endpoint()): Promise<RawRouter> {
    const router = new RawRouter(version, endpoint);
    await router.#socket.bind(endpoint);
    cleanups.add(router, () => router.close());
    void router.#run();
    return router;
  }

  async say(to: string, frames: Text): Promise<void> {
    await this.#socket.send([Buffer.from(to, 'latin1'), ...frames.map((frame) => Buffer.from(frame, 'latin1'))]);
  }

  /** Beats for all who ever said READY, so that they live. */
  beatEvery(intervalMs: number): void {
    this.#timer = setInterval(() => {
      for (const from of this.workers()) void this.say(from, this.version.heartbeat);
    }, intervalMs);
  }

  /** Who said READY, in order, each as often as it did. */
  workers(): string[] {
    const lead = this.version.ready('').length - 1;
    const ready = this.version.ready('').slice(0, lead);
    return this.heard.filter(({ frames }) => isText(frames.slice(0, lead), ready)).map(({ from }) => from);
  }

  /** The same, once there are so many. */
  async untilWorkers(count: number): Promise<string[]> {
    await this.until(() => this.workers().length >= count);
    return this.workers();
  }

  from(who: string): Text[] {
    return this.heard.filter(({ from }) => from === who).map(({ frames }) => frames);
  }

  until(isSo: () => boolean): Promise<void> {
    return this.#inbox.until(isSo);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  async #run(): Promise<void> {
    try {
      for await (const [id, ...rest] of this.#socket) {
        const from = id!.toString('latin1');
        const frames = rest.map((frame) => frame.toString('latin1'));
        const answer = this.reflex(from, frames);
        if (answer !== undefined) await this.say(from, answer);
        this.heard.push({ from, frames, atMs: performance.now() });
        this.#inbox.add(frames);
      }
    } catch {
      // It was closed while it waited.
    }
  }
}

/**
 * A model of libzmq's REQ, DEALER and ROUTER as the patterns use them: what a send does, to which pipe it goes, and
 * which messages are handed on. Held to libzmq by running the same scripts against both (test/simulated).
 * Not modelled: security.
 */
import type { Frames, Micros, SocketId, SocketSpec } from '../../../patterns/machine.ts';
import { drawNth } from '../../../patterns/parts/chance.ts';
import type { Host, Message } from './host.ts';
import { Incoming } from './incoming.ts';
import type { Link, LinkEnd } from './link.ts';
import type { Moments } from './moments.ts';
import type { Network } from './network.ts';
import { Pipe } from './pipe.ts';
import { Session } from './session.ts';
import { reconnectMsDefault } from './timings.ts';

type SendResult = 'sent' | 'full' | 'unreachable';

export class SimulatedSocket {
  readonly id: SocketId;
  readonly spec: SocketSpec;
  readonly incoming = new Incoming();
  readonly host: Host;
  /** It calls again after that to twice as long. */
  readonly reconnectInterval: Micros;
  readonly #network: Network;
  readonly #key: string;
  readonly #sessions = new Map<string, Session>();
  readonly #accepted = new Set<Accepted>();
  /** ROUTER: where each peer is to be found. */
  readonly #routes = new Map<number | string, Pipe>();
  readonly #bound: string[] = [];
  /** Those that may be written to first, as libzmq's load balancer keeps them. */
  readonly #pipes: Pipe[] = [];
  #active = 0;
  #current = 0;
  #peers: number;
  #isClosed = false;
  /** REQ: whether a reply is awaited, from which pipe, to which request. */
  #isAwaiting = false;
  #replyPipe: Pipe | undefined;
  #turn = 0;
  #lastTo: Pipe | undefined;

  constructor(id: SocketId, spec: SocketSpec, host: Host, network: Network, key: string) {
    this.id = id;
    this.spec = spec;
    this.host = host;
    this.#network = network;
    this.#key = key;
    this.reconnectInterval = this.#ownInterval();
    this.#peers = Math.floor(drawNth(network.seedOf(key), 0) * 2 ** 31);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** A driver's sockets have each its own; nobody else's have. */
  #ownInterval(): Micros {
    const { reconnectMs } = this.spec;
    if (reconnectMs === undefined) return reconnectMsDefault * 1000;
    return Math.ceil(reconnectMs * (1 - drawNth(this.#network.seedOf(this.#key), 1) / 4)) * 1000;
  }

  /** Whom the latest send went to, where it is connected. */
  get lastTo(): string | undefined {
    return this.#lastTo?.peer?.name;
  }

  /** REQ: counts its requests. What came before the latest one was sent is not read any more. */
  get turn(): number {
    return this.#turn;
  }

  /** False where the endpoint is in use. */
  bind(endpoint: string): boolean {
    if (!this.#network.listen(endpoint, this)) return false;
    this.#bound.push(endpoint);
    return true;
  }

  /** Connecting twice to one endpoint is connecting once. */
  connect(endpoint: string): void {
    if (this.#sessions.has(endpoint)) return;
    this.#sessions.set(endpoint, new Session(this, endpoint, this.#network, `${this.#key}>${endpoint}`));
  }

  /** `lingers`: what was written still leaves. */
  close(lingers: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const endpoint of this.#bound) this.#network.unlisten(endpoint, this);
    for (const session of this.#sessions.values()) session.close(lingers);
    for (const accepted of this.#accepted) accepted.close(lingers);
    this.#sessions.clear();
    this.#accepted.clear();
  }

  /** Its process stops: nothing more leaves. */
  freeze(): void {
    for (const pipe of this.#pipes) pipe.recall();
  }

  /** Its process runs again. */
  thaw(chance: Moments): void {
    for (const pipe of [...this.#pipes]) pipe.thaw(chance.draw());
  }

  /** A pipe to one peer more. */
  attach(): Pipe {
    const pipe = new Pipe(this, this.#network.ways.highWaterMark);
    this.#pipes.push(pipe);
    this.#swap(this.#active++, this.#pipes.length - 1);
    return pipe;
  }

  /**
   * The peer at the other end of that pipe says its name, or is given one: for as long as the pipe is there, whoever comes
   * after it. A ROUTER does not serve one that names itself as another does who is here: there is no handover.
   */
  identify(pipe: Pipe, name: Uint8Array | undefined): void {
    if (this.spec.type !== 'router' || pipe.routingId !== undefined) return;
    const id = name ?? routingIdOf(this.#peers++ >>> 0);
    if (this.#routes.has(keyOf(id))) return;
    pipe.routingId = id;
    this.#routes.set(keyOf(id), pipe);
  }

  detach(pipe: Pipe): void {
    const index = this.#pipes.indexOf(pipe);
    if (index < 0) return;
    if (pipe.routingId !== undefined) this.#routes.delete(keyOf(pipe.routingId));
    let vacant = index;
    if (index < this.#active) {
      this.#swap(index, --this.#active);
      vacant = this.#active;
      if (this.#current === this.#active) this.#current = 0;
    }
    this.#swap(vacant, this.#pipes.length - 1);
    this.#pipes.pop();
    if (this.#replyPipe === pipe) this.#replyPipe = undefined;
  }

  /** A peer has connected. */
  accept(endpoint: string, name: Uint8Array | undefined): Accepted {
    const pipe = this.attach();
    this.identify(pipe, name);
    const accepted: Accepted = new Accepted(this, pipe, endpoint, () => this.#accepted.delete(accepted));
    this.#accepted.add(accepted);
    this.host.hear({ kind: 'linked', socket: this, endpoint, up: true });
    return accepted;
  }

  send(frames: Frames): SendResult {
    if (this.spec.type === 'router') return this.#route(frames);
    if (this.spec.type === 'req') return this.#request(frames);
    return this.#balance(frames) === undefined ? 'full' : 'sent';
  }

  /** What the machine is handed of a message that came; undefined where the socket drops it. */
  take(message: Message): Frames | undefined {
    const { pipe, frames } = message;
    pipe.read();
    if (this.#isClosed) return undefined;
    // With `immediate` a pipe ends with its connection, and what was not read by then is gone with it.
    if (pipe.isLost) return undefined;
    if (this.spec.type === 'router') return pipe.routingId === undefined ? undefined : [pipe.routingId, ...frames];
    return this.spec.type === 'req' ? this.#reply(message) : frames;
  }

  #route(frames: Frames): SendResult {
    const pipe = this.#routes.get(keyOf(frames[0]!));
    this.#lastTo = pipe;
    const otherwise = this.spec.mandatory === true;
    if (pipe === undefined) return otherwise ? 'unreachable' : 'sent';
    if (!pipe.isWritable(this.#network.queue.now)) return otherwise ? 'full' : 'sent';
    pipe.write(frames.slice(1));
    return 'sent';
  }

  #request(frames: Frames): SendResult {
    const isRelaxed = this.spec.relaxedCorrelated === true;
    if (this.#isAwaiting && !isRelaxed) return 'full';
    this.#isAwaiting = false;
    this.#replyPipe = undefined;
    this.#turn++;
    const pipe = this.#balance(isRelaxed ? [correlation(this.#turn), delimiter, ...frames] : [delimiter, ...frames]);
    if (pipe === undefined) return 'full';
    this.#replyPipe = pipe;
    this.#isAwaiting = true;
    return 'sent';
  }

  #reply({ pipe, frames, turn }: Message): Frames | undefined {
    if (!this.#isAwaiting || turn !== this.#turn) return undefined;
    if (this.#replyPipe !== undefined && this.#replyPipe !== pipe) return undefined;
    let body = 1;
    if (this.spec.relaxedCorrelated === true) {
      if (frames[0]?.length !== 4 || correlationOf(frames[0]) !== this.#turn) return undefined;
      body = 2;
    }
    if (frames.length < body || frames[body - 1]!.length !== 0) return undefined;
    this.#isAwaiting = false;
    this.lookForRoom();
    return frames.slice(body);
  }

  /** Round robin over the pipes that have room; one that has none is passed over until it has. */
  #balance(frames: Frames): Pipe | undefined {
    const pipe = this.#nextWithRoom();
    if (pipe === undefined) return undefined;
    pipe.write(frames);
    this.#lastTo = pipe;
    if (++this.#current >= this.#active) this.#current = 0;
    this.lookForRoom();
    return pipe;
  }

  /**
   * As whoever asks a socket whether it could send does, and zeromq.js asks after all that it does: pipes that are full
   * lose their turn, and come last when they have room again, in the order in which they have.
   */
  lookForRoom(): void {
    const isStrict = this.spec.type === 'req' && this.spec.relaxedCorrelated !== true;
    if (this.spec.type !== 'router' && !(isStrict && this.#isAwaiting)) this.#nextWithRoom();
  }

  #nextWithRoom(): Pipe | undefined {
    const { now } = this.#network.queue;
    for (let i = this.#active; i < this.#pipes.length; i++) {
      if (this.#pipes[i]!.isWritable(now)) this.#swap(i, this.#active++);
    }
    while (this.#active > 0) {
      const pipe = this.#pipes[this.#current]!;
      if (pipe.isWritable(now)) return pipe;
      this.#active--;
      if (this.#current < this.#active) this.#swap(this.#current, this.#active);
      else this.#current = 0;
    }
    return undefined;
  }

  #swap(a: number, b: number): void {
    const pipe = this.#pipes[a]!;
    this.#pipes[a] = this.#pipes[b]!;
    this.#pipes[b] = pipe;
  }
}

/** The accepting side of a connection. */
class Accepted implements LinkEnd {
  readonly pipe: Pipe;
  readonly #socket: SimulatedSocket;
  readonly #endpoint: string;
  readonly #forget: () => void;
  #link: Link | undefined;

  constructor(socket: SimulatedSocket, pipe: Pipe, endpoint: string, forget: () => void) {
    this.#socket = socket;
    this.pipe = pipe;
    this.#endpoint = endpoint;
    this.#forget = forget;
  }

  joined(link: Link): void {
    this.#link = link;
  }

  /** What had come is still read; behind it stands the farewell. */
  lost(): void {
    this.#end();
    if (this.#socket.isClosed || this.#socket.host.state === 'dead') return;
    if (this.#socket.spec.farewell !== undefined) this.pipe.deliver([this.#socket.spec.farewell]);
    this.#socket.host.hear({ kind: 'linked', socket: this.#socket, endpoint: this.#endpoint, up: false });
  }

  close(lingers: boolean): void {
    this.#link?.break(this.pipe, lingers);
    this.#end();
  }

  #end(): void {
    this.#forget();
    this.pipe.end();
    this.#socket.detach(this.pipe);
  }
}

/** As libzmq makes them: a zero, and a number that counts up from anywhere. */
function routingIdOf(number: number): Uint8Array {
  return Uint8Array.of(0, number >>> 24, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff);
}

function keyOf(id: Uint8Array): number | string {
  if (id.length !== 5 || id[0] !== 0) return String.fromCharCode(...id);
  return ((id[1]! << 24) | (id[2]! << 16) | (id[3]! << 8) | id[4]!) >>> 0;
}

function correlation(turn: number): Uint8Array {
  return Uint8Array.of(turn & 0xff, (turn >>> 8) & 0xff, (turn >>> 16) & 0xff, turn >>> 24);
}

function correlationOf(frame: Uint8Array): number {
  return frame[0]! | (frame[1]! << 8) | (frame[2]! << 16) | (frame[3]! << 24);
}

const delimiter = new Uint8Array(0);

/** One socket that does what a script says and writes down what it sees: the same machine over libzmq and over the model. */
import type {
  Effects,
  Frames,
  LinkCause,
  Machine,
  Micros,
  SocketId,
  SocketSpec,
  Token,
} from '../../../patterns/machine.ts';

export interface ScriptNode {
  readonly spec: SocketSpec;
  readonly bind?: string;
  readonly connect?: readonly string[];
  /** Sends every message back where it came from. */
  readonly echoes?: boolean;
  /** Sends its latest once more when it hears that a connection has ended. */
  readonly resends?: boolean;
}

/** What a node is told to send: so many messages, `text 1`, `text 2` …, in one turn. */
export interface Sending {
  readonly text: string;
  readonly count: number;
  /** ROUTER: to whom it last heard from, or to who calls itself so. */
  readonly to?: 'last' | { readonly name: string };
  /** With the empty frame that a REQ wants before its reply. */
  readonly isReply?: boolean;
}

/** Something that was seen. */
export interface Sight {
  readonly line: string;
  readonly at: Micros;
}

export class ScriptMachine implements Machine {
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly drained = true;
  readonly log: Sight[] = [];
  readonly #effects: Effects;
  readonly #node: ScriptNode;
  readonly #socket: SocketId;
  readonly #texts: string[] = [];
  #last: Uint8Array | undefined;

  constructor(node: ScriptNode, effects: Effects) {
    this.#effects = effects;
    this.#node = node;
    this.#socket = effects.open(node.spec);
    if (node.bind !== undefined) effects.bind(this.#socket, node.bind);
    for (const endpoint of node.connect ?? []) effects.connect(this.#socket, endpoint);
  }

  send({ text, count, to, isReply }: Sending): void {
    const address = to === undefined ? [] : [to === 'last' ? this.#last! : encoder.encode(to.name)];
    if (isReply) address.push(new Uint8Array(0));
    for (let n = 1; n <= count; n++) {
      const numbered = count === 1 ? text : `${text} ${n}`;
      const token = this.#texts.push(numbered);
      this.#effects.send(this.#socket, [...address, encoder.encode(numbered)], token);
    }
  }

  received(now: Micros, socket: SocketId, frames: Frames): void {
    const isRouter = this.#node.spec.type === 'router';
    if (isRouter) this.#last = frames[0];
    this.#see(now, `received ${decoder.decode(frames.at(-1))}`);
    if (this.#node.echoes) this.#effects.send(socket, frames, echo);
  }

  unsent(now: Micros, _socket: SocketId, token: Token, reason: 'full' | 'unreachable'): void {
    this.#see(now, `unsent ${token === echo ? 'echo' : this.#texts[token - 1]}: ${reason}`);
  }

  linked(now: Micros, _socket: SocketId, endpoint: string, up: boolean, _cause: LinkCause): void {
    if (this.#node.connect?.includes(endpoint)) this.#see(now, `${up ? 'up' : 'down'} ${endpoint}`);
    const latest = this.#texts.at(-1);
    if (!up && this.#node.resends && latest !== undefined) this.send({ text: latest, count: 1 });
  }

  failed(now: Micros, _socket: SocketId, error: { readonly code: string }): void {
    this.#see(now, `failed ${error.code}`);
  }

  expired(): void {}
  flush(): void {}
  drain(): void {}

  #see(at: Micros, line: string): void {
    this.log.push({ line, at });
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const echo = 0;

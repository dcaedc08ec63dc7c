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
}

/** What a node is told to send: so many messages, `text 1`, `text 2` …, in one turn. */
export interface Sending {
  readonly text: string;
  readonly count: number;
  /** ROUTER: to whom it last heard from, or to somebody whom there is not. */
  readonly to?: 'last' | 'nobody';
}

export class ScriptMachine implements Machine {
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly drained = true;
  /** What was seen, a line each. */
  readonly log: string[] = [];
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

  send({ text, count, to }: Sending): void {
    const address = to === undefined ? [] : [to === 'last' ? this.#last! : nobody];
    for (let n = 1; n <= count; n++) {
      const numbered = count === 1 ? text : `${text} ${n}`;
      const token = this.#texts.push(numbered);
      this.#effects.send(this.#socket, [...address, encoder.encode(numbered)], token);
    }
  }

  received(_now: Micros, socket: SocketId, frames: Frames): void {
    const isRouter = this.#node.spec.type === 'router';
    if (isRouter) this.#last = frames[0];
    this.log.push(`received ${decoder.decode(frames.at(-1))}`);
    if (this.#node.echoes) this.#effects.send(socket, frames, echo);
  }

  unsent(_now: Micros, _socket: SocketId, token: Token, reason: 'full' | 'unreachable'): void {
    this.log.push(`unsent ${token === echo ? 'echo' : this.#texts[token - 1]}: ${reason}`);
  }

  linked(_now: Micros, _socket: SocketId, endpoint: string, up: boolean, _cause: LinkCause): void {
    if (this.#node.connect?.includes(endpoint)) this.log.push(`${up ? 'up' : 'down'} ${endpoint}`);
  }

  failed(_now: Micros, _socket: SocketId, error: { readonly code: string }): void {
    this.log.push(`failed ${error.code}`);
  }

  expired(): void {}
  flush(): void {}
  drain(): void {}
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const nobody = Uint8Array.of(0, 1, 2, 3, 4);
const echo = 0;

/** Those who ask by a DEALER of their own, as a ROUTER knows them: who they are, and the answers that gather for them. */
import type { Frames, Micros, SocketId } from '../machine.ts';
import { keyOf, same } from './bytes.ts';
import type { Origin } from './debt.ts';
import { GrowingFrame } from './growing-frame.ts';
import type { Stream } from './outbox.ts';

export class Correspondent implements Origin, Stream {
  readonly socket: SocketId;
  readonly address: Frames;
  readonly session: string;
  readonly takesParts = true;
  /** What is to leave for it at the end of this turn, and when nobody waits for that any more. */
  readonly frame = new GrowingFrame();
  until: Micros = 0;
  /** Among that are parts of answers, which keep their order. */
  hasParts = false;
  readonly isOfMany = true;
  held = 0;

  constructor(socket: SocketId, address: Frames, session: string) {
    this.socket = socket;
    this.address = address;
    this.session = session;
  }
}

export class Correspondents {
  readonly #known = new Map<string, Correspondent>();
  /** Who asked last: mostly it is the same one again. */
  #latest: Correspondent | undefined;

  /** The same again for the same peer; or another where very many came between, which makes no difference to anybody. */
  of(socket: SocketId, address: Frames): Correspondent {
    if (this.#latest === undefined || !same(address[0]!, this.#latest.address[0]!)) {
      this.#latest = this.#find(socket, address);
    }
    return this.#latest;
  }

  #find(socket: SocketId, address: Frames): Correspondent {
    const session = keyOf(address[0]!);
    const known = this.#known.get(session);
    if (known !== undefined) return known;
    if (this.#known.size >= knownMax) this.#known.clear();
    const made = new Correspondent(socket, address, session);
    this.#known.set(session, made);
    return made;
  }
}

/** A ROUTER is not told who has left. */
const knownMax = 4096;

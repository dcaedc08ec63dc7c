/** A process as its sockets and connections see it. */
import type { Frames, Micros } from '../../../patterns/machine.ts';
import type { Pipe } from './pipe.ts';
import type { SimulatedSocket } from './socket.ts';

/** What a socket has for its process's one thread. */
export type SocketInput =
  /** Which one, the socket says when it is read. */
  | { readonly kind: 'message'; readonly socket: SimulatedSocket }
  | { readonly kind: 'linked'; readonly socket: SimulatedSocket; readonly endpoint: string; readonly up: boolean };

/** A message that waits to be read. */
export interface Message {
  readonly pipe: Pipe;
  readonly frames: Frames;
  /** See `SimulatedSocket.turn`. */
  readonly turn: number;
}

export interface Host {
  readonly name: string;
  readonly state: 'running' | 'paused' | 'dead';
  /** How much longer than usual it takes to be gone, once it was killed. */
  readonly dying: Micros;
  /** Queues an input for the machine's thread. `isAhead`: before the messages that wait there already. */
  hear(input: SocketInput, isAhead?: boolean): void;
  /** Calls back at once where the process runs, otherwise once it runs again or has died. */
  whenAwake(callback: () => void): void;
}

/** The node of a life: `server-2` for `server-2/3`. */
export function nodeOfLife(name: string): string {
  return name.replace(/\/\d+$/, '');
}

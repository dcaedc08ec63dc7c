/** A process as its sockets and connections see it. */
import type { Frames } from '../../../patterns/machine.ts';
import type { Pipe } from './pipe.ts';
import type { SimulatedSocket } from './socket.ts';

/** What a socket has for its process's one thread. */
export type SocketInput =
  | { readonly kind: 'message'; readonly pipe: Pipe; readonly frames: Frames; readonly turn: number }
  | { readonly kind: 'linked'; readonly socket: SimulatedSocket; readonly endpoint: string; readonly up: boolean };

export interface Host {
  readonly name: string;
  readonly state: 'running' | 'paused' | 'dead';
  /** Queues an input for the machine's thread. `isAhead`: before the messages that wait there already. */
  hear(input: SocketInput, isAhead?: boolean): void;
  /** Calls back at once where the process runs, otherwise once it runs again or has died. */
  whenAwake(callback: () => void): void;
}

/** The node of a life: `server-2` for `server-2/3`. */
export function nodeOfLife(name: string): string {
  return name.replace(/\/\d+$/, '');
}

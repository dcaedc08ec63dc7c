/** Who watches a simulated world from outside: traces, hashes and checks. Whatever is missing costs nothing. */
import type { Frames, IncomingRequest, Note, SocketId } from '../../../patterns/machine.ts';
import type { FailureCode } from '../../../patterns/transaction.ts';
import type { NodeState } from '../../history.ts';
import type { Host } from './host.ts';

export interface Watcher {
  sent?(host: Host, socket: SocketId, frames: Frames, result: 'sent' | 'full' | 'unreachable'): void;
  /** A message was read; or dropped by the socket itself, where it was not `taken`. */
  received?(host: Host, socket: SocketId, frames: Frames, taken: boolean): void;
  unsent?(host: Host, socket: SocketId, reason: 'full' | 'unreachable'): void;
  linked?(host: Host, socket: SocketId, endpoint: string, up: boolean): void;
  timer?(host: Host): void;
  noted?(host: string, note: Note): void;
  issued?(n: number): void;
  settled?(n: number, code: FailureCode | 'committed'): void;
  executing?(node: string, request: IncomingRequest): void;
  executed?(node: string, request: IncomingRequest, committed: boolean): void;
  state?(node: string, state: NodeState): void;
}

/** Who watches a simulated world from outside: traces, hashes and checks. Whatever is missing costs nothing. */
import type { Frames, IncomingRequest, Machine, Micros, Note } from '../../../patterns/machine.ts';
import type { FailureCode } from '../../../patterns/transaction.ts';
import type { NodeState } from '../../history.ts';
import type { Impairment } from '../impairment.ts';
import type { Host } from './host.ts';

export interface Watcher {
  /** The run begins; so the watcher can tell the time. */
  begins?(now: () => Micros): void;
  /** A machine sent something; `to` is missing where nobody is connected there. */
  sent?(host: Host, to: string | undefined, frames: Frames, result: 'sent' | 'full' | 'unreachable'): void;
  /** A message was read; or dropped by the socket itself, where it was not `taken`. */
  received?(host: Host, from: string | undefined, frames: Frames, taken: boolean): void;
  linked?(host: Host, endpoint: string, up: boolean): void;
  timer?(host: Host): void;
  /** A turn of that process is over. */
  turned?(host: Host, machine: Machine): void;
  noted?(host: string, note: Note): void;
  issued?(n: number): void;
  settled?(n: number, code: FailureCode | 'committed'): void;
  executing?(node: string, request: IncomingRequest): void;
  executed?(node: string, request: IncomingRequest, committed: boolean): void;
  /** A node is up, and does nothing in time: its event loop stands still, or reads slowly. */
  late?(node: string, isLate: boolean): void;
  /** Something is the matter with that link, or no longer. */
  link?(name: string, impairment: Impairment, isImpaired: boolean): void;
  /** What a link did that was impaired, in a few words. */
  onLink?(what: string): void;
  state?(node: string, state: NodeState): void;
}

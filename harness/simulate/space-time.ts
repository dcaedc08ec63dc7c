/** Watches a run in virtual time, and shows it as a space-time diagram. */
import type { Frames, IncomingRequest } from '../../patterns/machine.ts';
import type { FailureCode } from '../../patterns/transaction.ts';
import type { NodeState } from '../history.ts';
import { type Happening, nodesOf, spaceTimeText } from '../report/space-time-text.ts';
import { type Host, nodeOfLife } from '../worlds/simulated/host.ts';
import type { Watcher } from '../worlds/simulated/watcher.ts';
import { describe } from './describe.ts';

export class SpaceTime implements Watcher {
  readonly #rows: Happening[] = [];
  #now: () => number = () => 0;
  /** Heartbeats fill pages, and say little. */
  readonly #withHeartbeats: boolean;
  #began = Number.POSITIVE_INFINITY;

  constructor(withHeartbeats = false) {
    this.#withHeartbeats = withHeartbeats;
  }

  begins(now: () => number): void {
    this.#now = now;
  }

  sent(host: Host, to: string | undefined, frames: Frames, result: 'sent' | 'full' | 'unreachable'): void {
    if (result !== 'sent') this.#add(host.name, `✗ ${describe(frames)}: ${to === undefined ? 'nobody there' : result}`);
  }

  received(host: Host, from: string | undefined, frames: Frames, taken: boolean): void {
    this.#add(host.name, `${describe(frames)}${taken ? '' : ', dropped'}`, from);
  }

  linked(host: Host, endpoint: string, up: boolean): void {
    if (host.name === 'client')
      this.#add(host.name, `${endpoint.replace('tcp://', '')} ${up ? 'connected' : 'disconnected'}`);
  }

  issued(n: number): void {
    this.#began = Math.min(this.#began, this.#now());
    this.#add('client', `transact ${n + 1}`);
  }

  settled(n: number, code: FailureCode | 'committed'): void {
    this.#add('client', `${n + 1} ${code}`);
  }

  executing(node: string, { sequence }: IncomingRequest): void {
    this.#add(node, `begins ${sequence}`);
  }

  executed(node: string, { sequence }: IncomingRequest, committed: boolean): void {
    this.#add(node, committed ? `executes ${sequence}` : `may not commit ${sequence}`);
  }

  state(node: string, state: NodeState): void {
    this.#add(node, state.toUpperCase());
  }

  /** Rows from the first transaction until the last is told and the last execution is over. */
  text(): string {
    const rows = this.#rows.filter(({ at, text }) => at >= this.#began && (this.#withHeartbeats || !isHeartbeat(text)));
    const last = rows.findLastIndex(({ text }) =>
      /executes|begins|transact|^\d+ |may not|not executed|dropped/.test(text),
    );
    return spaceTimeText(rows.slice(0, last + 1), nodesOf(this.#rows), this.#began);
  }

  #add(name: string, text: string, from?: string): void {
    const row = { at: this.#now(), node: nodeOfLife(name), text };
    this.#rows.push(from === undefined ? row : { ...row, from: nodeOfLife(from) });
  }
}

function isHeartbeat(text: string): boolean {
  return /^(ping|pong|PING|PONG|MDPW0\d HEARTBEAT|mmi\.service.*|.*: mmi\.service.*)$/.test(text);
}

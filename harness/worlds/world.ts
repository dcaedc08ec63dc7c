/** Where a scenario runs: real processes over real sockets, or machines in virtual time. The story is the same in both. */
import type { Victim } from '../faults/fault.ts';
import type { HistoryLine } from '../history.ts';
import type { LinkVictim } from './impairment.ts';

export type NodeRole = 'server' | 'broker' | 'client';

/**
 * `holding`: it has received a request that it has not executed; `idle`: it has none, or is not up; `busy`: a handler of
 * its runs.
 */
export type ServerState = 'holding' | 'busy' | 'idle';

export interface WorldNode extends Victim {
  readonly role: NodeRole;
  /** Stops it where it is, so that what was seen of it stays true until it is released, whatever a fault does meanwhile. */
  halt(): Promise<void>;
  /** Lets it go on, unless a fault has it. */
  release(): void;
}

export interface World {
  /** The servers, the brokers and the client, by name: what faults choose from. */
  readonly nodes: readonly WorldNode[];
  /** Of those that the scenario's faults are aimed at. */
  readonly links?: readonly LinkVictim[];
  /** Rejects when the run is to end before its time; missing where that can't be. */
  readonly interrupted?: Promise<never>;
  /** Starts everything; resolves when the client is ready to load. */
  start(): Promise<void>;
  /** Begins the load; resolves with the stamp from which its plan counts. */
  beginLoad(): Promise<number>;
  /** Resolves when everything was issued and has settled, or the wait for that is over. */
  loadEnded(): Promise<void>;
  /** Resolves once every node is up and nothing is on its way any more. */
  quiet(): Promise<void>;
  /** Ends everything, asking first; resolves when nothing is left. */
  stop(patienceMs: number): Promise<void>;
  write(line: HistoryLine): void;
  /** Microseconds of the world's own clock. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Waits until that server is in that state; false where the patience ended first. */
  until(node: WorldNode, state: ServerState, patienceMs: number): Promise<boolean>;
  /**
   * Stops that server where it receives the how manyth request from now on, until it is released; false where the
   * patience ended first.
   */
  haltAfter(node: WorldNode, requests: number, patienceMs: number): Promise<boolean>;
}

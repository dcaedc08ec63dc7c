/** What every peer is: an echo, and a way to ask it. Both are on loopback. */
import type { Transact } from '../throughput/lanes.ts';

export interface Peer {
  /** Resolves when it would answer. The port is its own, or where the server between it and the client listens. */
  serve(port: number): Promise<void>;
  connect(port: number): Promise<Transact>;
}

/** How fast a machine is, where that is known: what its quiet runs took more than those of the simulated world. */
export interface Pace {
  /** What the way from one process to another takes more, at most. */
  readonly hopMs: number;
  /** What a request costs its server's thread more. */
  readonly workMs: number;
  /** How much longer a killed process takes to be gone. */
  readonly deathMs: number;
  /** What a proxy adds to a message's time; and the links that have one, by their names. */
  readonly proxyMs?: number;
  readonly proxied?: readonly string[];
  /** How long a process takes to start by itself, and how much longer by each that starts at the same time. */
  readonly start?: { readonly aloneMs: number; readonly besideMs: number };
  /** Whether sockets wait between two calls as libzmq has them do, alike in each process, which ours did once. */
  readonly isUnseeded?: boolean;
}

/** That of the timings. */
export const modelled: Pace = { hopMs: 0, workMs: 0, deathMs: 0 };

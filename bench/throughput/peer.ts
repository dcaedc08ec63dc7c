/** What the two sides of a contestant's processes say to each other, and what its client can do. */

export type Role = 'server' | 'broker' | 'client';

/** What a child process is told to be. It is its one argument, as JSON. */
export interface ChildSpec {
  readonly contestant: string;
  readonly role: Role;
  readonly endpoint: string;
  /** Where a broker's workers call, if it has another socket for them. */
  readonly backEndpoint: string;
}

/** One block: the window kept full for a while, then emptied. */
export interface Block {
  readonly committed: number;
  readonly failed: number;
  /** From the first hand-over until the last transaction settled. */
  readonly elapsedMs: number;
}

export type ToChild = { readonly tell: 'block'; readonly window: number; readonly forMs: number };

export type FromChild =
  | { readonly said: 'ready' }
  | { readonly said: 'block'; readonly block: Block }
  | { readonly said: 'failed'; readonly message: string };

/** Keeps `window` transactions in flight for so long, then waits for those that are. */
export type Asker = (window: number, forMs: number) => Promise<Block>;

/** What the two sides of a contestant's processes say to each other, and what its client can do. */

export type Role = 'server' | 'broker' | 'client';

/** What a child process is told to be. It is its one argument, as JSON. */
export interface ChildSpec extends Particulars {
  readonly contestant: string;
  readonly role: Role;
  readonly endpoint: string;
  /** Where a broker's workers call, if it has another socket for them. */
  readonly backEndpoint: string;
}

interface KeyPair {
  readonly publicKey: string;
  readonly secretKey: string;
}

/** What only some questions have to say. */
export interface Particulars {
  /** So many of what the question counts, in each process of the role that has them. */
  readonly count?: number;
  /** Where several servers listen. */
  readonly endpoints?: readonly string[];
  /** For CURVE: the server's keys, and the client's. */
  readonly keys?: { readonly server: KeyPair; readonly client: KeyPair };
}

/** One block: the window kept full for a while, then emptied. */
export interface Block {
  readonly committed: number;
  readonly failed: number;
  /** From the first hand-over until the last transaction settled. */
  readonly elapsedMs: number;
}

/** What is asked in one block, of a client that keeps `window` transactions in flight. */
export interface BlockSpec {
  readonly window: number;
  readonly forMs: number;
  readonly payloadBytes: number;
}

/** Arrivals that are due at moments of their own, whatever becomes of those before. */
export interface Offer {
  readonly ratePerSec: number;
  readonly forMs: number;
  readonly seed: number;
}

/** How long an offer's transactions took, from the moment each was due. */
export interface Offered {
  readonly committed: number;
  readonly failed: number;
  /** Until the last of them settled. */
  readonly elapsedMs: number;
  /** Left out where so many failed that there is none. */
  readonly p50Us?: number;
  readonly p99Us?: number;
  /** How late the client itself handed them over. */
  readonly lag99Us: number;
}

export type ToChild =
  | ({ readonly tell: 'block' } & BlockSpec)
  | ({ readonly tell: 'offer' } & Offer)
  | { readonly tell: 'cpu' };

export type FromChild =
  | { readonly said: 'ready' }
  | { readonly said: 'block'; readonly block: Block }
  | { readonly said: 'offered'; readonly offered: Offered }
  /** What the process has used since it began, in user and system mode. */
  | { readonly said: 'cpu'; readonly us: number }
  | { readonly said: 'failed'; readonly message: string };

/** Keeps `window` transactions in flight for so long, then waits for those that are. */
export type Asker = (window: number, forMs: number, payloadBytes?: number) => Promise<Block>;

/** What a client's process does when it is told to. A server or a broker does what it does by itself. */
export interface Tasks {
  readonly block?: Asker;
  readonly offer?: (offer: Offer) => Promise<Offered>;
}

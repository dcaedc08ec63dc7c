/** What can be the matter with a link, whatever carries it. */
import type { Cure } from '../faults/fault.ts';

/** The way that requests go, the way that replies go, or both; whoever calls whom. */
export type Direction = 'requests' | 'replies';

export type Impairment =
  /** Every connection is ended with a RST, at once. */
  | { readonly kind: 'reset' }
  /** Each connection ends with a FIN for the receiver, at once; what its sender goes on to say is lost. */
  | { readonly kind: 'half-close' }
  /** Each connection ends with a RST for the receiver alone; its sender is not told, and what it goes on to say is lost. */
  | { readonly kind: 'half-open' }
  /** What is sent is kept, and delivered in the end: the ends of connections too. */
  | { readonly kind: 'hold' }
  /** What is sent is lost: the ends of connections too. In the end each connection is reset, as it has a hole. */
  | { readonly kind: 'cut' }
  /** Every connection is reset, and each new one refused. */
  | { readonly kind: 'refuse' }
  /** Every connection is reset, each new one is accepted, and nothing is ever read from it nor said to it. */
  | { readonly kind: 'accept-only' }
  /** Everything comes so much later, in order. */
  | { readonly kind: 'delay'; readonly delayMs: number; readonly jitterMs: number }
  | { readonly kind: 'bandwidth'; readonly bytesPerSec: number }
  /** Comes in pieces of at most so many bytes, with a gap between them. */
  | { readonly kind: 'slice'; readonly bytesMax: number; readonly gapMs: number }
  /** Messages are kept, and delivered in the end; ZMTP's commands pass, and what the pattern declares a heartbeat. */
  | { readonly kind: 'grey' }
  /** The network drops every packet in silence, and TCP sends it again: of links between hosts alone, which know nothing else. */
  | { readonly kind: 'drop-packets' }
  /** Done to one message, and to no other. */
  | MessageImpairment;

export interface MessageImpairment {
  readonly kind: (typeof messageImpairments)[number];
  /** Which: the how manyth from here on in that direction. What the pattern declares a heartbeat does not count. */
  readonly message: number;
}

/** Not delivered; delivered twice; delivered in the end, after those behind it; cut off in its midst by a RST. */
export const messageImpairments = ['drop-message', 'duplicate-message', 'hold-message', 'cut-in-frame'] as const;

/** A link as a fault finds it: all that there is between two nodes, named in the order in which requests pass them. */
export interface LinkVictim {
  readonly name: string;
  /** Resolves when it has taken hold. */
  impair(
    impairment: Impairment,
    directions: readonly Direction[],
    /** Called when a message was struck, with the moment, in microseconds of the world's clock. */
    struck?: (at: number) => void,
  ): Promise<Cure>;
}

/** By these what comes waits for what came before it. */
export const narrowing: ReadonlySet<Impairment['kind']> = new Set(['bandwidth', 'slice']);

/** After these nothing that is left of a connection may be used: it is reset in the end. */
export const leavesHoles: ReadonlySet<Impairment['kind']> = new Set(['cut', 'half-close', 'half-open', 'accept-only']);

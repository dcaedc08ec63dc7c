/** A request whose answer is owed: what its handler is told of it, and what goes back with the answer. */
import type { Frames, IncomingRequest, Micros, SocketId } from '../machine.ts';
import type { Delivery } from '../transaction.ts';
import type { AnswerParts } from './answer-parts.ts';
import { toKeep } from './bytes.ts';
import { type Envelope, serviceSaid } from './envelope.ts';
import type { Lease } from './leases.ts';

/** Where a request came from, and so where its answer goes: frames that come before the body. */
export interface Origin {
  readonly socket: SocketId;
  readonly address: Frames;
  /** Its peer's key, where that is known already. */
  readonly session?: string;
  /** Whether it can take an answer in several messages; otherwise parts wait, and leave with the last as one. */
  readonly takesParts?: boolean;
  /** The lease of the conversation it came by, where that has one for all of its requests. */
  readonly lease?: Lease;
}

export class Debt implements IncomingRequest {
  readonly origin: Origin;
  body: Uint8Array;
  readonly client: string;
  readonly sequence: number;
  readonly service: string;
  readonly attempt: number;
  readonly deadline: Micros;
  readonly delivery: Delivery;
  readonly slot: number;
  readonly epoch: number;
  /** Whether it came in our envelope. A peer of another make gets bare bodies. */
  readonly isOurs: boolean;
  /** Until when it may begin and take effect: the newest attempt's; absent where its client gave none. */
  lease: Lease | undefined;
  /** When its handler began, if it has. */
  begunAt: Micros | undefined = undefined;
  /** What there is of an answer in parts. */
  parts: AnswerParts | undefined = undefined;
  /** All attempts that wait for it, where some came while it was under way: one execution answers all. */
  askers: Debt[] | undefined = undefined;

  constructor(origin: Origin, envelope: Envelope, deadline: Micros, lease: Lease | undefined, isOurs: boolean) {
    this.origin = origin;
    // A handler that runs may hold on to a batch, but not to one that is large.
    this.body = toKeep(envelope.payload, batchSlack);
    this.client = envelope.client;
    this.sequence = envelope.sequence;
    this.service = serviceSaid(envelope.service);
    this.attempt = envelope.attempt;
    this.deadline = deadline;
    this.delivery = envelope.delivery;
    this.slot = envelope.slot;
    this.epoch = envelope.epoch;
    this.isOurs = isOurs;
    this.lease = lease;
  }

  /** It has to wait: many may, each from another batch, and all of these would be kept. */
  waits(): void {
    this.body = toKeep(this.body);
  }
}

const batchSlack = 16_384;

/** What the broker says to clients: answers of workers in the MDP that each client speaks, and that it has none for them. */
import type { Effects, Frames, Micros, SocketId, Token } from '../machine.ts';
import { type Envelope, emptyEnvelope, Kind, nothing, read, requestsMax } from '../parts/envelope.ts';
import { GrowingFrame } from '../parts/growing-frame.ts';
import { Outbox } from '../parts/outbox.ts';
import { expiredReason, tooLargeReason } from '../parts/reasons.ts';
import type { RoomLimits } from '../parts/room.ts';
import type { BrokerCounters } from '../stats.ts';
import type { Request } from './service.ts';

export class Answers {
  readonly #effects: Effects;
  readonly #socket: SocketId;
  readonly #outbox: Outbox;
  readonly #bytesMax: number;
  readonly #counters: BrokerCounters;
  readonly #scratch: Envelope = emptyEnvelope();

  /** Holds so many answers that clients have no room for, and gathers parts up to so many bytes. */
  constructor(effects: Effects, socket: SocketId, limits: RoomLimits, bytesMax: number, counters: BrokerCounters) {
    this.#effects = effects;
    this.#socket = socket;
    this.#bytesMax = bytesMax;
    this.#counters = counters;
    this.#outbox = new Outbox(effects, limits, counters);
  }

  get deadline(): Micros {
    return this.#outbox.deadline;
  }

  get isEmpty(): boolean {
    return this.#outbox.isEmpty;
  }

  unsent(now: Micros, token: Token, reason: 'full' | 'unreachable'): boolean {
    return this.#outbox.unsent(now, token, reason);
  }

  flush(now: Micros): void {
    this.#outbox.flush(now);
  }

  /** Something that is no answer to a request: worth saying until then. */
  say(frames: Frames, until: Micros): void {
    this.#outbox.send(this.#socket, frames, until);
  }

  /** B13: passed on as it comes; for a client whose MDP has no parts, gathered. */
  part(request: Request, body: Frames): void {
    const { client, service, until, mdp } = request;
    if (!mdp.hasParts) {
      this.#gather(request, body);
      return;
    }
    // What a client of another make has seen can't be taken back.
    if (!request.isOurs) request.mayRepeat = false;
    this.#outbox.send(this.#socket, mdp.fromBroker.partial(client, service.frame, body), until, request);
  }

  /** B11: under the name that was asked for, its frames as they were. */
  final(request: Request, body: Frames): void {
    if (request.gathered !== undefined) this.#gather(request, body);
    const { client, service, mdp, until, gathered = body } = request;
    this.#outbox.send(this.#socket, mdp.fromBroker.final(client, service.frame, gathered), until, request);
  }

  /**
   * Says of each envelope of a request that it was not executed; others of its batch may still be answered where this is
   * not the last of it. A client of another make has no ear for it.
   */
  refuse(request: Request, why: keyof BrokerCounters['refusals'], isLast = true): void {
    const { client, service, body, mdp, count, until } = request;
    this.#counters.refusals[why] += count;
    this.#effects.note?.({ kind: 'turned-away', service: service.name, reason: why });
    if (!request.isOurs) return;
    const payload = why === 'expired' ? expiredReason : why === 'tooLarge' ? tooLargeReason : nothing;
    const envelope = this.#scratch;
    const answers = new GrowingFrame();
    for (const frame of body) {
      for (let offset = 0; offset < frame.length && answers.count < requestsMax; ) {
        offset = read(frame, offset, envelope);
        if (offset < 0) break;
        envelope.kind = Kind.notExecuted;
        envelope.service = '';
        envelope.payload = payload;
        answers.add(envelope);
      }
    }
    const say = isLast ? mdp.fromBroker.final : mdp.fromBroker.partial;
    this.say(say(client, service.frame, [answers.take()]), until + grace);
  }

  /** Too much of it, and there is no answer: `isBroken` keeps what follows from being sent. */
  #gather(request: Request, body: Frames): void {
    if (request.isBroken) return;
    request.gathered ??= [];
    request.gathered.push(...body);
    request.gatheredBytes += bytesOf(body);
    if (request.gatheredBytes <= this.#bytesMax) return;
    request.gathered = [];
    request.isBroken = true;
    this.#effects.note?.({ kind: 'answer-too-large', service: request.service.name });
  }
}

/** What a body costs: its bytes, and something for each frame, so that many small ones are bounded too. */
export function bytesOf(body: Frames): number {
  let bytes = body.length * frameCost;
  for (const frame of body) bytes += frame.length;
  return bytes;
}

export const frameCost = 64;
/** How long after its deadline a client may still be told that its request was not executed. */
const grace: Micros = 100_000;

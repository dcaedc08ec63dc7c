/** Makes a broker's requests of what clients sent, reading no more of a batch than it must, and parts them again. */
import type { Frames, Micros } from '../machine.ts';
import { epochAt, isRepeatableAt, remainingAt, sequenceAt } from '../parts/envelope.ts';
import type { Values } from '../parts/settings.ts';
import { bytesOf } from './answers.ts';
import { contents, look, sorted } from './batch.ts';
import type { Mdp } from './mdp.ts';
import { MessageNumbers } from './message-numbers.ts';
import type { Request, Service } from './service.ts';
import type { majordomoSettings } from './settings.ts';

/** One of a request in two that is not empty is there. */
export type Parted = [Request, undefined] | [undefined, Request] | [Request, Request];

export class Requests {
  readonly #settings: Values<typeof majordomoSettings>;
  readonly #sweepEvery: Micros;
  readonly #contents = contents();
  readonly #numbers = new MessageNumbers();

  constructor(settings: Values<typeof majordomoSettings>, sweepEvery: Micros) {
    this.#settings = settings;
    this.#sweepEvery = sweepEvery;
  }

  make(now: Micros, client: Uint8Array, clientKey: string, mdp: Mdp, service: Service, body: Frames): Request {
    const contents = this.#contents;
    look(body, contents);
    const { count, soonest, latest } = contents;
    const isOurs = count > 0;
    const patience = isOurs ? soonest : this.#settings.timeoutMs * 1000;
    return {
      client,
      clientKey,
      mdp,
      service,
      body,
      count: isOurs ? count : 1,
      bytes: bytesOf(body),
      arrivedAt: now,
      deadline: now + this.#patience(patience),
      until: now + this.#patience(isOurs ? latest : patience),
      isOurs,
      mayRepeat: isOurs ? contents.isRepeatable : this.#settings.resendPlain,
      answered: undefined,
      number: 0,
      worker: undefined,
      gathered: undefined,
      gatheredBytes: 0,
      next: undefined,
      previous: undefined,
      isBroken: false,
      held: 0,
    };
  }

  /** A request in two: what is wanted of it, and the rest. One of another make is only ever whole. */
  parted(request: Request, isWanted: (frame: Uint8Array, offset: number) => boolean): Parted {
    const [wanted, others] = sorted(request.body, isWanted);
    if (wanted.length === 0) return [undefined, request];
    if (others.length === 0) return [request, undefined];
    return [this.#remade(request, wanted), this.#remade(request, others)];
  }

  /** Whether a link has delivered it again. Silence is all there is to say to it: the first is answered. */
  isRepeat({ isOurs, clientKey, body }: Request): boolean {
    if (!isOurs) return false;
    const first = body.find((frame) => frame.length > 0)!;
    return this.#numbers.isRepeat(clientKey, epochAt(first, 0));
  }

  /** That client is gone. */
  forget(clientKey: string): void {
    this.#numbers.forget(clientKey);
  }

  /** What of it another worker may get, after one that did not answer. */
  worthRepeating(now: Micros, request: Request): Request | undefined {
    const { answered } = request;
    if (request.count === 1) return now < request.deadline ? request : undefined;
    const [again] = this.parted(request, (frame, offset) => {
      const isInTime = this.isInTime(now, request, frame, offset);
      return isInTime && isRepeatableAt(frame, offset) && answered?.has(sequenceAt(frame, offset)) !== true;
    });
    return again;
  }

  /** Whether one of that request's batch may still be handed out. */
  isInTime(now: Micros, { arrivedAt }: Request, frame: Uint8Array, offset: number): boolean {
    return now < arrivedAt + this.#patience(remainingAt(frame, offset));
  }

  /** The same request with another body, as part of what it had. */
  #remade({ arrivedAt, client, clientKey, mdp, service }: Request, body: Frames): Request {
    return this.make(arrivedAt, client, clientKey, mdp, service, body);
  }

  /** For how long a request may wait for a worker: so that its client still hears, by its deadline, that none came. */
  #patience(remaining: Micros): Micros {
    return remaining - Math.min(remaining >>> 1, this.#sweepEvery + answerTime);
  }
}

/** How long an answer may take to its client. */
const answerTime: Micros = 25_000;

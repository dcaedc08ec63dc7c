/** What a broker knows of a batch: how many envelopes it has and for how long they are wanted. It reads no more of them. */
import type { Frames, Micros } from '../machine.ts';
import { same } from '../parts/bytes.ts';
import {
  emptyEnvelope,
  endOf,
  isRepeatableAt,
  Kind,
  kindAt,
  read,
  remainingAt,
  requestsMax,
  sequenceAt,
} from '../parts/envelope.ts';
import { drainingReason } from '../parts/reasons.ts';

/** One object, filled again for each message. */
export interface Contents {
  /** Envelopes; 0 for a body of another make. */
  count: number;
  /** The least time left of any, and the most. */
  soonest: Micros;
  latest: Micros;
  /** Whether another worker may get any of them after one that did not answer. */
  isRepeatable: boolean;
}

export function contents(): Contents {
  return { count: 0, soonest: 0, latest: 0, isRepeatable: false };
}

export function look(body: Frames, into: Contents): void {
  into.count = 0;
  into.soonest = Number.POSITIVE_INFINITY;
  into.latest = 0;
  into.isRepeatable = false;
  for (const frame of body) {
    let next = 0;
    for (let offset = 0; offset < frame.length; offset = next) {
      next = endOf(frame, offset);
      if (next < 0 || into.count === requestsMax) return;
      const remaining = remainingAt(frame, offset);
      if (remaining < into.soonest) into.soonest = remaining;
      if (remaining > into.latest) into.latest = remaining;
      if (isRepeatableAt(frame, offset)) into.isRepeatable = true;
      into.count++;
    }
  }
}

/** A body in two: the envelopes that are wanted, and the others. Each is the body itself, or one frame, or none. */
export function sorted(body: Frames, isWanted: (frame: Uint8Array, offset: number) => boolean): [Frames, Frames] {
  const [wanted, others]: [Uint8Array[], Uint8Array[]] = [[], []];
  let left = requestsMax;
  for (const frame of body) {
    let next = 0;
    for (let offset = 0; offset < frame.length && left > 0; offset = next, left--) {
      next = endOf(frame, offset);
      if (next < 0) break;
      (isWanted(frame, offset) ? wanted : others).push(frame.subarray(offset, next));
    }
  }
  if (others.length === 0) return [body, []];
  return wanted.length === 0 ? [[], body] : [one(wanted), one(others)];
}

/** The sequences that a worker's message answers; a part of an answer is none yet. */
export function* answeredIn(body: Frames): Iterable<number> {
  for (const frame of body) {
    for (let offset = 0, next = 0; offset < frame.length; offset = next) {
      next = endOf(frame, offset);
      if (next < 0) break;
      if (kindAt(frame, offset) !== Kind.partial) yield sequenceAt(frame, offset);
    }
  }
}

/** What a worker that leaves did not execute, and its answers to the rest. */
export function givenBack(body: Frames): [Frames, Frames] {
  const envelope = emptyEnvelope();
  return sorted(body, (frame, offset) => {
    read(frame, offset, envelope);
    return envelope.kind === Kind.notExecuted && same(envelope.payload, drainingReason);
  });
}

/** Copied: what is kept of a body must not keep the rest. */
function one(parts: readonly Uint8Array[]): Frames {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return [whole];
}

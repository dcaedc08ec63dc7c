/** What stands on Brokerless REQ's wire. The framing is REQ's and REP's own; inside it our envelopes, or bare bodies. */
import type { Frames } from '../machine.ts';
import { copyOf } from '../parts/bytes.ts';
import { type Envelope, encode, Kind, read } from '../parts/envelope.ts';
import type { Asked } from '../parts/router-server.ts';

/** A client's side of it. */
export interface ReqWire {
  request(envelope: Envelope): Frames;
  /**
   * Reads the answer at `offset` into the envelope, which names the transaction that its socket waits for. Returns the
   * offset behind it, or -1 where there is none.
   */
  read(body: Uint8Array, offset: number, into: Envelope): number;
}

export const envelopes: ReqWire = { request: (envelope) => [encode(envelope)], read };

/** In lock-step an answer is known by the socket that it comes by. */
export const plain: ReqWire = {
  // Copied, since libzmq may still be sending it when its caller has been told, and uses the bytes for something else.
  request: (envelope) => [copyOf(envelope.payload)],
  read: (body, _offset, into) => {
    into.kind = Kind.reply;
    into.part = 0;
    into.payload = body;
    return body.length;
  },
};

/**
 * As a REP reads it: everything up to the first empty frame is the way back (a routing id, a REQ's correlation, the ids
 * of devices between), and everything after it the body; without that frame it is no request.
 */
export function readAsRep(frames: Frames): Asked {
  const delimiter = frames.findIndex((frame, index) => index > 0 && frame.length === 0);
  const isRequest = delimiter > 0 && delimiter < frames.length - 1 && delimiter <= addressFramesMax;
  if (!isRequest) return { kind: 'malformed' };
  return { kind: 'request', address: frames.slice(0, delimiter + 1), body: frames.slice(delimiter + 1) };
}

/** A routing id and a correlation, and some room for devices on the way. */
const addressFramesMax = 8;

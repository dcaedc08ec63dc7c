/**
 * What stands on Freelance's wire between our own ends: one frame of envelopes, heartbeats among them.
 * A bare PING, as in 10/FLP, is answered with a bare PONG.
 */
import type { Frames } from '../machine.ts';
import type { Said, Wire } from '../parts/dealing-client.ts';
import { emptyEnvelope, encode, isEnvelope, Kind, read } from '../parts/envelope.ts';

export function freelanceWire(clientId: string, service: string): Wire {
  const ping = { ...emptyEnvelope(), kind: Kind.ping, client: clientId, service };
  return {
    ping: ({ epoch, until, incarnation }) => [encode({ ...ping, epoch, leaseUntil: until, incarnation })],
    batch: (body) => [body],
    understand: (frames) => understand(frames, service),
  };
}

function understand(frames: Frames, service: string): Said {
  const body = frames[0];
  if (frames.length !== 1 || body === undefined || !isEnvelope(body)) return { kind: 'malformed' };
  if (body[4] !== Kind.pong) return { kind: 'batch', body };
  const pong = emptyEnvelope();
  if (read(body, 0, pong) < 0) return { kind: 'malformed' };
  const clock = { now: pong.leaseUntil, incarnation: pong.incarnation };
  return { kind: 'alive', able: pong.service === service, clock };
}

/** 10/FLP: the question and its answer, each a message of one frame. */
export function isFlpPing(body: Uint8Array): boolean {
  return body.length === 4 && body[0] === 0x50 && body[1] === 0x49 && body[2] === 0x4e && body[3] === 0x47;
}

export const flpPong: Uint8Array = Uint8Array.of(0x50, 0x4f, 0x4e, 0x47);

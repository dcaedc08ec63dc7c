/**
 * What stands on Freelance's wire between our own ends: one frame of envelopes, heartbeats among them.
 * A bare PING, as in 10/FLP, is answered with a bare PONG.
 */
import type { Frames } from '../machine.ts';
import type { Said, Wire } from '../parts/dealing-client.ts';
import { emptyEnvelope, encode, isEnvelope, Kind, read } from '../parts/envelope.ts';

export function freelanceWire(clientId: string, service: string): Wire {
  const ping: Frames = [encode({ ...emptyEnvelope(), kind: Kind.ping, client: clientId, service })];
  return {
    ping: () => ping,
    batch: (body) => [body],
    understand: (frames) => understand(frames, service),
  };
}

function understand(frames: Frames, service: string): Said {
  const body = frames[0];
  if (frames.length !== 1 || body === undefined || !isEnvelope(body)) return { kind: 'malformed' };
  if (body[4] !== Kind.pong) return { kind: 'batch', body };
  return { kind: 'alive', able: serviceOf(body) === service };
}

function serviceOf(pong: Uint8Array): string {
  const envelope = emptyEnvelope();
  return read(pong, 0, envelope) < 0 ? '' : envelope.service;
}

/** 10/FLP: the question and its answer, each a message of one frame. */
export function isFlpPing(body: Uint8Array): boolean {
  return body.length === 4 && body[0] === 0x50 && body[1] === 0x49 && body[2] === 0x4e && body[3] === 0x47;
}

export const flpPong: Uint8Array = Uint8Array.of(0x50, 0x4f, 0x4e, 0x47);

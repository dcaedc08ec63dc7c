/**
 * What stands on Freelance's wire. Between our own ends it is one frame of envelopes, heartbeats among them; with peers
 * of other makes it is 10/FLP.
 */
import type { Frames } from '../machine.ts';
import { ascii, same } from '../parts/bytes.ts';
import type { Said, Wire } from '../parts/dealing-client.ts';
import { emptyEnvelope, encode, isEnvelope, Kind, read } from '../parts/envelope.ts';
import type { Asked } from '../parts/router-server.ts';

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

/**
 * A message as a server finds it, after its peer's routing id: our envelopes in one frame, or 10/FLP: `PING`, or a
 * control frame, which goes back unread whatever it is, and one or more frames of a body.
 */
export function readAtServer(frames: Frames): Asked {
  const [peer, first] = frames;
  if (peer === undefined || first === undefined) return malformed;
  if (frames.length > 2) return { kind: 'request', address: frames.slice(0, 2), body: frames.slice(2) };
  if (same(first, flpPing)) return { kind: 'aside', answer: [peer, flpPong] };
  return isEnvelope(first) ? { kind: 'request', address: [peer], body: [first] } : malformed;
}

const flpPing = ascii('PING');
const flpPong = ascii('PONG');
const malformed = { kind: 'malformed' } as const;

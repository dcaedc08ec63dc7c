/**
 * What stands on Freelance's wire. Between our own ends it is one frame of envelopes, heartbeats among them; with peers
 * of other makes it is 10/FLP.
 */
import type { Frames } from '../machine.ts';
import { ascii, joined, keyOf, same } from '../parts/bytes.ts';
import { emptyEnvelope, encode, isEnvelope, Kind, read } from '../parts/envelope.ts';
import type { Asked } from '../parts/router-server.ts';
import { EnvelopeMessage, PlainMessage, plainReply, type Said, type Wire } from '../parts/wire.ts';

export function freelanceWire(clientId: string, service: string): Wire {
  const ping = { ...emptyEnvelope(), kind: Kind.ping, client: clientId, service };
  return {
    ping: ({ epoch, until, incarnation }) => [encode({ ...ping, epoch, leaseUntil: until, incarnation })],
    message: (bytes) => new EnvelopeMessage(bytes, (body) => [body]),
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
 * 10/FLP, for servers of other makes. The control frame says which transaction it is, so any number may be outstanding
 * and a late reply is known for one; a body of several frames is taken as one.
 */
export function flpWire(clientId: string): Wire {
  return {
    ping: () => [flpPing],
    message: () => new PlainMessage(({ slot, sequence }, body) => [ascii(`${slot}.${sequence}`), body]),
    understand: (frames) => {
      const [control, ...body] = frames;
      if (control === undefined) return malformed;
      if (body.length === 0) return same(control, flpPong) ? { kind: 'alive', able: true } : malformed;
      const named = control.length <= controlBytesMax ? /^(\d+)\.(\d+)$/.exec(keyOf(control)) : null;
      if (named === null) return malformed;
      return plainReply(clientId, Number(named[1]), Number(named[2]), joined(body));
    },
  };
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

/** Whether a message is one of ours, or of 10/FLP, that only says that its sender lives. */
export function isFreelanceHeartbeat(frames: Frames): boolean {
  const [body] = frames;
  if (frames.length !== 1 || body === undefined) return false;
  if (isEnvelope(body)) return body[4] === Kind.ping || body[4] === Kind.pong;
  return same(body, flpPing) || same(body, flpPong);
}

/** A slot and a sequence in decimal digits. */
const controlBytesMax = 32;
const flpPing = ascii('PING');
const flpPong = ascii('PONG');
const malformed = { kind: 'malformed' } as const;

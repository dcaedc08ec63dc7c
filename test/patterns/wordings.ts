/** How the other side of a client's machine says things: in our envelopes, or as the RFCs have it, in bare bodies. */
import type { Frames } from '../../patterns/machine.ts';
import { type Mdp, mmiService, mmiStatus } from '../../patterns/majordomo/mdp.ts';
import { ascii, same } from '../../patterns/parts/bytes.ts';
import { type Envelope, emptyEnvelope, encode, Kind, read } from '../../patterns/parts/envelope.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';

export interface Wording {
  /** Whether bodies stand alone: then a request says nothing but its payload, and only a reply can be given. */
  readonly isBare: boolean;
  /** The requests of a message; none where it asks for a sign of life. */
  requests(frames: Frames): Envelope[];
  /** What is said to a request in answer, or undefined where this can't be said. */
  answer(request: Frames, answer: Envelope): Frames | undefined;
  alive(able: boolean): Frames | undefined;
}

export function wordingOf(pattern: AnyPattern, isBare: boolean, client: string, service: string, mdp: Mdp): Wording {
  const isBroker = pattern.topology === 'broker';
  const said = (about: Uint8Array, body: Uint8Array) => mdp.fromBroker.final(empty, about, [body]).slice(1);
  const framed = (body: Uint8Array) => (isBroker ? said(ascii(service), body) : [body]);
  const mmi = (able: boolean) => said(mmiService, able ? mmiStatus.found : mmiStatus.notFound);
  if (!isBare) {
    const pong = { ...emptyEnvelope(), kind: Kind.pong, client };
    const alive = (able: boolean) => [encode({ ...pong, service: able ? service : 'pears' })];
    return {
      isBare,
      requests: (frames) => envelopesIn(frames.at(-1)!),
      answer: (_request, answer) => framed(encode({ ...answer, service: '' })),
      alive: isBroker ? mmi : alive,
    };
  }
  const isFlp = pattern.name === 'freelance';
  const ping = isFlp ? ascii('PING') : mmiService;
  return {
    isBare,
    requests: (frames) => {
      if (frames.some((frame) => same(frame, ping))) return [];
      return [{ ...emptyEnvelope(), client, service, payload: frames.at(-1)! }];
    },
    answer: (request, { kind, payload }) => {
      if (kind !== Kind.reply) return undefined;
      // In two frames now and then: they are one body.
      const half = payload.length >> 1;
      const body = (payload[0]! & 1) === 0 ? [payload] : [payload.subarray(0, half), payload.subarray(half)];
      return isFlp ? [request[0]!, ...body] : [...framed(empty).slice(0, -1), ...body];
    },
    alive: isBroker ? mmi : (able) => (able ? [ascii('PONG')] : undefined),
  };
}

function envelopesIn(body: Uint8Array): Envelope[] {
  const all: Envelope[] = [];
  for (let offset = 0; offset < body.length; ) {
    const envelope = emptyEnvelope();
    offset = read(body, offset, envelope);
    if (offset < 0 || envelope.kind === Kind.ping) break;
    all.push(envelope);
  }
  return all;
}

const empty = new Uint8Array(0);

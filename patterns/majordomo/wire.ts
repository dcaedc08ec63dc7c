/** What stands on Majordomo's wire: both versions of MDP at once, and 8/MMI, with our envelopes inside their opaque bodies. */
import type { Frames } from '../machine.ts';
import { ascii, joined, same } from '../parts/bytes.ts';
import type { Waiting } from '../parts/carrier.ts';
import { EnvelopeMessage, PlainMessage, plainPart, type Said, type Wire } from '../parts/wire.ts';
import { empty, type Mdp, mmiService, mmiStatus, type ToBroker } from './mdp.ts';
import * as old from './mdp-01.ts';
import { mdp01 } from './mdp-01.ts';
import * as current from './mdp-02.ts';
import { mdp02 } from './mdp-02.ts';

/** What a broker's ROUTER is handed when a peer's connection ends. No command of MDP's: those have more frames. */
export const farewell: Uint8Array = ascii('\u0001privateer:gone');

export function mdpOf(version: Mdp['version']): Mdp {
  return version === '0.1' ? mdp01 : mdp02;
}

/** Whether a message is a HEARTBEAT of either version, or a question of `mmi.service` or its answer, as clients ask for one. */
export function isMajordomoHeartbeat(frames: Frames): boolean {
  const isOld = frames[0]?.length === 0;
  const [header, second, third] = isOld ? frames.slice(1) : frames;
  if (header === undefined || second === undefined) return false;
  if (isOld) {
    if (same(header, old.workerHeader)) return second[0] === old.Command.heartbeat;
    return same(header, old.clientHeader) && same(second, mmiService);
  }
  if (same(header, current.workerHeader)) return second[0] === current.WorkerCommand.heartbeat;
  return same(header, current.clientHeader) && third !== undefined && same(third, mmiService);
}

/** Where a broker reads to. */
export function toBroker(): ToBroker {
  return { kind: 'malformed', mdp: mdp02, service: empty, address: empty, extra: undefined, body: [] };
}

/** The first frame after the routing id tells the versions apart: 0.1 begins with an empty one. */
export function readAtBroker(frames: Frames, into: ToBroker): void {
  const first = frames[1];
  into.mdp = first?.length === 0 ? mdp01 : mdp02;
  into.extra = undefined;
  if (first === undefined) into.kind = 'malformed';
  else if (frames.length === 2 && same(first, farewell)) into.kind = 'gone';
  else into.mdp.readAtBroker(frames, into);
}

/** The client's side, for the machine that deals over brokers. Its sign of life is an answer to `mmi.service`. */
export function majordomoWire(serviceName: string, mdp: Mdp): Wire {
  const service = ascii(serviceName);
  const ping = mdp.fromClient.request(mmiService, [service]);
  return {
    ping: () => ping,
    message: (bytes) => new EnvelopeMessage(bytes, (body) => mdp.fromClient.request(service, [body])),
    understand: (frames) => understand(mdp, frames, service),
  };
}

/**
 * The same with bare bodies, for workers of other makes behind brokers of any. Nothing in a reply says which request it
 * answers: that is known by its socket. A body of several frames is taken as one.
 */
export function plainMajordomoWire(clientId: string, serviceName: string, mdp: Mdp): Wire {
  const service = ascii(serviceName);
  const ping = mdp.fromClient.request(mmiService, [service]);
  return {
    ping: () => ping,
    message: () => new PlainMessage((_request, body) => mdp.fromClient.request(service, [body])),
    understand: (frames, waiting) => understandPlain(mdp, frames, service, clientId, waiting),
  };
}

function understandPlain(
  mdp: Mdp,
  frames: Frames,
  service: Uint8Array,
  clientId: string,
  waiting: Waiting | undefined,
): Said {
  const said = mdp.readAtClient(frames);
  if (said === undefined) return { kind: 'malformed' };
  if (same(said.service, mmiService)) return alive(said.body);
  if (!same(said.service, service) || waiting === undefined) return { kind: 'malformed' };
  return plainPart(clientId, waiting, joined(said.body), said.isFinal);
}

function understand(mdp: Mdp, frames: Frames, service: Uint8Array): Said {
  const said = mdp.readAtClient(frames);
  if (said === undefined) return { kind: 'malformed' };
  if (same(said.service, mmiService)) return alive(said.body);
  // Envelopes say themselves whether they are parts; a broker may have put several in one message.
  if (same(said.service, service)) return { kind: 'batch', body: joined(said.body) };
  return { kind: 'malformed' };
}

/** A broker that can't tell whether there are workers, 501, may have some. */
function alive(body: Frames): Said {
  return { kind: 'alive', able: !same(body[0]!, mmiStatus.notFound) };
}

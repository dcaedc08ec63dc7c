/** What stands on Majordomo's wire: 7/MDP 0.1 and 8/MMI, with our envelopes inside their opaque bodies. */
import type { Frames } from '../machine.ts';
import { ascii, joined, same } from '../parts/bytes.ts';
import type { Waiting } from '../parts/carrier.ts';
import { EnvelopeMessage, PlainMessage, plainPart, type Said, type Wire } from '../parts/wire.ts';

export const clientHeader = ascii('MDPC01');
export const workerHeader = ascii('MDPW01');

/** 7/MDP's commands of workers, each a frame of one byte. */
export const Command = { ready: 1, request: 2, reply: 3, heartbeat: 4, disconnect: 5 } as const;
export type Command = (typeof Command)[keyof typeof Command];

/** What a broker's ROUTER is handed when a peer's connection ends. No command of MDP's: those begin with an empty frame. */
export const farewell = ascii('\u0001privateer:gone');

const empty = new Uint8Array(0);
const mmiService = ascii('mmi.service');

/** Frames as a client sends and receives them on a DEALER. */
export const fromClient = {
  request: (service: Uint8Array, body: Frames): Frames => [empty, clientHeader, service, ...body],
};

/** Frames as a worker sends and receives them on its DEALER; the broker puts the worker's routing id before them. */
export const fromWorker = {
  ready: (service: Uint8Array): Frames => [empty, workerHeader, commandFrame(Command.ready), service],
  reply: (client: Uint8Array, body: Frames): Frames => [
    empty,
    workerHeader,
    commandFrame(Command.reply),
    client,
    empty,
    ...body,
  ],
  heartbeat: (): Frames => [empty, workerHeader, commandFrame(Command.heartbeat)],
  disconnect: (): Frames => [empty, workerHeader, commandFrame(Command.disconnect)],
};

export const fromBroker = {
  request: (worker: Uint8Array, client: Uint8Array, body: Frames): Frames => [
    worker,
    empty,
    workerHeader,
    commandFrame(Command.request),
    client,
    empty,
    ...body,
  ],
  heartbeat: (worker: Uint8Array): Frames => [worker, empty, workerHeader, commandFrame(Command.heartbeat)],
  disconnect: (worker: Uint8Array): Frames => [worker, empty, workerHeader, commandFrame(Command.disconnect)],
  reply: (client: Uint8Array, service: Uint8Array, body: Frames): Frames => [
    client,
    empty,
    clientHeader,
    service,
    ...body,
  ],
};

/** A message as a broker finds it, without the routing id. */
export type ToBroker =
  | { readonly kind: 'client'; readonly service: Uint8Array; readonly body: Frames }
  | { readonly kind: 'ready'; readonly service: Uint8Array }
  | { readonly kind: 'reply'; readonly client: Uint8Array; readonly body: Frames }
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'malformed' };

export function readAtBroker(frames: Frames): ToBroker {
  if (frames.length === 2 && same(frames[1]!, farewell)) return { kind: 'gone' };
  if (frames.length < 4 || frames[1]!.length !== 0) return malformed;
  if (same(frames[2]!, clientHeader)) {
    if (frames.length < 5 || frames[3]!.length === 0) return malformed;
    return { kind: 'client', service: frames[3]!, body: frames.slice(4) };
  }
  if (!same(frames[2]!, workerHeader) || frames[3]!.length !== 1) return malformed;
  switch (frames[3]![0]) {
    case Command.ready:
      return frames.length === 5 && frames[4]!.length > 0 ? { kind: 'ready', service: frames[4]! } : malformed;
    case Command.reply:
      if (frames.length < 7 || frames[5]!.length !== 0) return malformed;
      return { kind: 'reply', client: frames[4]!, body: frames.slice(6) };
    case Command.heartbeat:
      return frames.length === 4 ? { kind: 'heartbeat' } : malformed;
    case Command.disconnect:
      return frames.length === 4 ? { kind: 'disconnect' } : malformed;
    default:
      return malformed;
  }
}

/** A message as a worker finds it. */
export type ToWorker =
  | { readonly kind: 'request'; readonly client: Uint8Array; readonly body: Frames }
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'malformed' };

export function readAtWorker(frames: Frames): ToWorker {
  if (frames.length < 3 || frames[0]!.length !== 0 || !same(frames[1]!, workerHeader)) return malformed;
  if (frames[2]!.length !== 1) return malformed;
  switch (frames[2]![0]) {
    case Command.request:
      if (frames.length < 6 || frames[4]!.length !== 0) return malformed;
      return { kind: 'request', client: frames[3]!, body: frames.slice(5) };
    case Command.heartbeat:
      return { kind: 'heartbeat' };
    case Command.disconnect:
      return { kind: 'disconnect' };
    default:
      return malformed;
  }
}

/** The client's side, for the machine that deals over brokers. Its sign of life is an answer to `mmi.service`. */
export function majordomoWire(serviceName: string): Wire {
  const service = ascii(serviceName);
  const ping = fromClient.request(mmiService, [service]);
  return {
    ping: () => ping,
    message: (bytes) => new EnvelopeMessage(bytes, (body) => fromClient.request(service, [body])),
    understand: (frames) => readAtClient(frames, service),
  };
}

/**
 * The same with bare bodies, for workers of other makes behind brokers of any. Nothing in a reply says which request it
 * answers: that is known by its socket. A body of several frames is taken as one.
 */
export function plainMajordomoWire(clientId: string, serviceName: string): Wire {
  const service = ascii(serviceName);
  const ping = fromClient.request(mmiService, [service]);
  return {
    ping: () => ping,
    message: () => new PlainMessage((_request, body) => fromClient.request(service, [body])),
    understand: (frames, waiting) => readPlainAtClient(frames, service, clientId, waiting),
  };
}

function readPlainAtClient(frames: Frames, service: Uint8Array, clientId: string, waiting: Waiting | undefined): Said {
  if (frames.length < 4 || frames[0]!.length !== 0 || !same(frames[1]!, clientHeader)) return malformed;
  // A broker that can't tell whether there are workers, 501, may have some.
  if (same(frames[2]!, mmiService)) return { kind: 'alive', able: !same(frames[3]!, mmiStatus.notFound) };
  if (!same(frames[2]!, service) || waiting === undefined) return malformed;
  return plainPart(clientId, waiting, joined(frames.slice(3)), true);
}

function readAtClient(frames: Frames, service: Uint8Array): Said {
  if (frames.length !== 4 || frames[0]!.length !== 0 || !same(frames[1]!, clientHeader)) return malformed;
  if (same(frames[2]!, mmiService)) return { kind: 'alive', able: same(frames[3]!, mmiStatus.found) };
  if (same(frames[2]!, service)) return { kind: 'batch', body: frames[3]! };
  return malformed;
}

/** 8/MMI's answers. */
export const mmiStatus = { found: ascii('200'), notFound: ascii('404'), notImplemented: ascii('501') };

export function isMmi(service: string): boolean {
  return service.startsWith('mmi.');
}

function commandFrame(command: Command): Uint8Array {
  return commandFrames[command]!;
}

const commandFrames = [0, 1, 2, 3, 4, 5].map((command) => Uint8Array.of(command));
const malformed = { kind: 'malformed' } as const;

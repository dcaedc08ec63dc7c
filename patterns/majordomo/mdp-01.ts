/**
 * 7/MDP 0.1. An empty frame comes first, so that a REQ may be a client; a worker has one request and gives one REPLY.
 *
 *     REQUEST, REPLY      "" "MDPC01" service body...
 *     READY               "" "MDPW01" 1 service
 *     REQUEST, REPLY      "" "MDPW01" 2|3 client's address, "", body...
 *     HEARTBEAT           "" "MDPW01" 4
 *     DISCONNECT          "" "MDPW01" 5
 */
import type { Frames } from '../machine.ts';
import { ascii, same } from '../parts/bytes.ts';
import { commandFrame, empty, type Mdp, malformed, type ToBroker, type ToClient, type ToWorker } from './mdp.ts';

export const Command = { ready: 1, request: 2, reply: 3, heartbeat: 4, disconnect: 5 } as const;

export const clientHeader = ascii('MDPC01');
export const workerHeader = ascii('MDPW01');
const ready = commandFrame(Command.ready);
const request = commandFrame(Command.request);
const reply = commandFrame(Command.reply);
const heartbeat = commandFrame(Command.heartbeat);
const disconnect = commandFrame(Command.disconnect);

export const mdp01: Mdp = {
  version: '0.1',
  hasParts: false,
  fromClient: {
    request: (service, body) => [empty, clientHeader, service, ...body],
  },
  fromWorker: {
    ready: (service) => [empty, workerHeader, ready, service],
    partial: noParts,
    final: (address, body) => [empty, workerHeader, reply, address, empty, ...body],
    heartbeat: (extra) => withExtra([empty, workerHeader, heartbeat], extra),
    disconnect: () => [empty, workerHeader, disconnect],
  },
  fromBroker: {
    request: (worker, address, body) => [worker, empty, workerHeader, request, address, empty, ...body],
    heartbeat: (worker, extra) => withExtra([worker, empty, workerHeader, heartbeat], extra),
    disconnect: (worker) => [worker, empty, workerHeader, disconnect],
    partial: noParts,
    final: (client, service, body) => [client, empty, clientHeader, service, ...body],
  },
  readAtBroker,
  readAtWorker,
  readAtClient,
};

function noParts(): never {
  throw new Error('MDP 0.1 has no parts');
}

function withExtra(frames: Uint8Array[], extra: Uint8Array | undefined): Frames {
  if (extra !== undefined) frames.push(extra);
  return frames;
}

function readAtBroker(frames: Frames, into: ToBroker): void {
  into.kind = 'malformed';
  if (frames.length < 4) return;
  if (same(frames[2]!, clientHeader)) {
    if (frames.length < 5 || frames[3]!.length === 0) return;
    into.kind = 'request';
    into.service = frames[3]!;
    into.body = frames.slice(4);
    return;
  }
  if (same(frames[2]!, workerHeader) && frames[3]!.length === 1) readFromWorker(frames, into);
}

function readFromWorker(frames: Frames, into: ToBroker): void {
  switch (frames[3]![0]) {
    case Command.ready:
      if (frames.length !== 5 || frames[4]!.length === 0) return;
      into.kind = 'ready';
      into.service = frames[4]!;
      return;
    case Command.reply:
      if (frames.length < 7 || frames[5]!.length !== 0) return;
      into.kind = 'final';
      into.address = frames[4]!;
      into.body = frames.slice(6);
      return;
    case Command.heartbeat:
      if (frames.length > 5) return;
      into.kind = 'heartbeat';
      into.extra = frames[4];
      return;
    case Command.disconnect:
      if (frames.length === 4) into.kind = 'disconnect';
  }
}

function readAtWorker(frames: Frames): ToWorker {
  if (frames.length < 3 || frames[0]!.length !== 0 || !same(frames[1]!, workerHeader)) return malformed;
  if (frames[2]!.length !== 1) return malformed;
  switch (frames[2]![0]) {
    case Command.request:
      if (frames.length < 6 || frames[4]!.length !== 0) return malformed;
      return { kind: 'request', address: frames[3]!, body: frames.slice(5) };
    case Command.heartbeat:
      return { kind: 'heartbeat', extra: frames[3] };
    case Command.disconnect:
      return { kind: 'disconnect' };
    default:
      return malformed;
  }
}

function readAtClient(frames: Frames): ToClient | undefined {
  if (frames.length < 4 || frames[0]!.length !== 0 || !same(frames[1]!, clientHeader)) return undefined;
  return { service: frames[2]!, body: frames.slice(3), isFinal: true };
}

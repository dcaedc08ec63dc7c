/**
 * 18/MDP 0.2. No empty frame, one less each way, and an answer is any number of PARTIALs and one FINAL.
 *
 *     REQUEST, PARTIAL, FINAL    "MDPC02" 1|2|3 service body...
 *     READY                      "MDPW02" 1 service
 *     REQUEST, PARTIAL, FINAL    "MDPW02" 2|3|4 client's address, "", body...
 *     HEARTBEAT                  "MDPW02" 5
 *     DISCONNECT                 "MDPW02" 6
 */
import type { Frames } from '../machine.ts';
import { ascii, same } from '../parts/bytes.ts';
import { commandFrame, empty, type Mdp, malformed, type ToBroker, type ToClient, type ToWorker } from './mdp.ts';

export const ClientCommand = { request: 1, partial: 2, final: 3 } as const;
export const WorkerCommand = { ready: 1, request: 2, partial: 3, final: 4, heartbeat: 5, disconnect: 6 } as const;

export const clientHeader = ascii('MDPC02');
export const workerHeader = ascii('MDPW02');
const clientRequest = commandFrame(ClientCommand.request);
const clientPartial = commandFrame(ClientCommand.partial);
const clientFinal = commandFrame(ClientCommand.final);
const ready = commandFrame(WorkerCommand.ready);
const request = commandFrame(WorkerCommand.request);
const partial = commandFrame(WorkerCommand.partial);
const final = commandFrame(WorkerCommand.final);
const heartbeat = commandFrame(WorkerCommand.heartbeat);
const disconnect = commandFrame(WorkerCommand.disconnect);

export const mdp02: Mdp = {
  version: '0.2',
  hasParts: true,
  fromClient: {
    request: (service, body) => [clientHeader, clientRequest, service, ...body],
  },
  fromWorker: {
    ready: (service) => [workerHeader, ready, service],
    partial: (address, body) => [workerHeader, partial, address, empty, ...body],
    final: (address, body) => [workerHeader, final, address, empty, ...body],
    heartbeat: (extra) => withExtra([workerHeader, heartbeat], extra),
    disconnect: () => [workerHeader, disconnect],
  },
  fromBroker: {
    request: (worker, address, body) => [worker, workerHeader, request, address, empty, ...body],
    heartbeat: (worker, extra) => withExtra([worker, workerHeader, heartbeat], extra),
    disconnect: (worker) => [worker, workerHeader, disconnect],
    partial: (client, service, body) => [client, clientHeader, clientPartial, service, ...body],
    final: (client, service, body) => [client, clientHeader, clientFinal, service, ...body],
  },
  readAtBroker,
  readAtWorker,
  readAtClient,
};

function withExtra(frames: Uint8Array[], extra: Uint8Array | undefined): Frames {
  if (extra !== undefined) frames.push(extra);
  return frames;
}

function readAtBroker(frames: Frames, into: ToBroker): void {
  into.kind = 'malformed';
  if (frames.length < 3 || frames[2]!.length !== 1) return;
  if (same(frames[1]!, clientHeader)) {
    if (frames[2]![0] !== ClientCommand.request || frames.length < 5 || frames[3]!.length === 0) return;
    into.kind = 'request';
    into.service = frames[3]!;
    into.body = frames.slice(4);
    return;
  }
  if (same(frames[1]!, workerHeader)) readFromWorker(frames, into);
}

function readFromWorker(frames: Frames, into: ToBroker): void {
  const command = frames[2]![0];
  switch (command) {
    case WorkerCommand.ready:
      if (frames.length !== 4 || frames[3]!.length === 0) return;
      into.kind = 'ready';
      into.service = frames[3]!;
      return;
    case WorkerCommand.partial:
    case WorkerCommand.final:
      if (frames.length < 6 || frames[4]!.length !== 0) return;
      into.kind = command === WorkerCommand.final ? 'final' : 'partial';
      into.address = frames[3]!;
      into.body = frames.slice(5);
      return;
    case WorkerCommand.heartbeat:
      if (frames.length > 4) return;
      into.kind = 'heartbeat';
      into.extra = frames[3];
      return;
    case WorkerCommand.disconnect:
      if (frames.length === 3) into.kind = 'disconnect';
  }
}

function readAtWorker(frames: Frames): ToWorker {
  if (frames.length < 2 || !same(frames[0]!, workerHeader) || frames[1]!.length !== 1) return malformed;
  switch (frames[1]![0]) {
    case WorkerCommand.request:
      if (frames.length < 5 || frames[3]!.length !== 0) return malformed;
      return { kind: 'request', address: frames[2]!, body: frames.slice(4) };
    case WorkerCommand.heartbeat:
      return { kind: 'heartbeat', extra: frames[2] };
    case WorkerCommand.disconnect:
      return { kind: 'disconnect' };
    default:
      return malformed;
  }
}

function readAtClient(frames: Frames): ToClient | undefined {
  if (frames.length < 4 || !same(frames[0]!, clientHeader) || frames[1]!.length !== 1) return undefined;
  const command = frames[1]![0];
  if (command !== ClientCommand.partial && command !== ClientCommand.final) return undefined;
  return { service: frames[2]!, body: frames.slice(3), isFinal: command === ClientCommand.final };
}

/**
 * A version of the Majordomo Protocol: 7/MDP (0.1) and 18/MDP (0.2) say the same things in other frames. Machines speak
 * through this; the frames themselves stand in `mdp-01.ts` and `mdp-02.ts`.
 */
import type { Frames } from '../machine.ts';
import { ascii } from '../parts/bytes.ts';

export interface Mdp {
  readonly version: '0.1' | '0.2';
  /** Whether an answer may come in parts. Where not, a worker's parts are gathered and leave as one. */
  readonly hasParts: boolean;
  /** What a client says, as it stands on its DEALER. */
  readonly fromClient: {
    request(service: Uint8Array, body: Frames): Frames;
  };
  /** What a worker says, as it stands on its DEALER. `final` is the REPLY of 0.1. */
  readonly fromWorker: {
    ready(service: Uint8Array): Frames;
    partial(address: Uint8Array, body: Frames): Frames;
    final(address: Uint8Array, body: Frames): Frames;
    heartbeat(extra?: Uint8Array): Frames;
    disconnect(): Frames;
  };
  /** What a broker says, the routing id of its peer first. */
  readonly fromBroker: {
    request(worker: Uint8Array, address: Uint8Array, body: Frames): Frames;
    heartbeat(worker: Uint8Array, extra?: Uint8Array): Frames;
    disconnect(worker: Uint8Array): Frames;
    partial(client: Uint8Array, service: Uint8Array, body: Frames): Frames;
    final(client: Uint8Array, service: Uint8Array, body: Frames): Frames;
  };
  /** Reads what came to a broker; `frames[0]` is the routing id. What it does not understand is `malformed`. */
  readAtBroker(frames: Frames, into: ToBroker): void;
  readAtWorker(frames: Frames): ToWorker;
  readAtClient(frames: Frames): ToClient | undefined;
}

/** A message as a broker finds it: one object, filled again for each, so that reading allocates nothing. */
export interface ToBroker {
  kind: 'request' | 'ready' | 'partial' | 'final' | 'heartbeat' | 'disconnect' | 'gone' | 'malformed';
  /** The version it was said in. */
  mdp: Mdp;
  /** The service's name, of a request and of READY. */
  service: Uint8Array;
  /** The client's address, of a worker's answer. */
  address: Uint8Array;
  /** A heartbeat's extra frame, which is our own workers' and no part of MDP. */
  extra: Uint8Array | undefined;
  body: Frames;
}

/** A message as a worker finds it. */
export type ToWorker =
  | { readonly kind: 'request'; readonly address: Uint8Array; readonly body: Frames }
  | { readonly kind: 'heartbeat'; readonly extra: Uint8Array | undefined }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'malformed' };

/** A message as a client finds it. */
export interface ToClient {
  readonly service: Uint8Array;
  readonly body: Frames;
  readonly isFinal: boolean;
}

export const malformed = { kind: 'malformed' } as const;
export const empty: Uint8Array = new Uint8Array(0);

/** Commands are frames of one byte. */
export function commandFrame(command: number): Uint8Array {
  return commandFrames[command]!;
}

const commandFrames = [0, 1, 2, 3, 4, 5, 6].map((command) => Uint8Array.of(command));

/** 8/MMI: services of the broker's own, and what it answers. */
export const mmiService: Uint8Array = ascii('mmi.service');
export const mmiStatus = { found: ascii('200'), notFound: ascii('404'), notImplemented: ascii('501') };

export function isMmi(service: string): boolean {
  return service.startsWith('mmi.');
}

/**
 * How our own workers and our own broker agree on more than one request at a time, where a peer of another make sees
 * nothing it could trip over. A worker asks by its routing id, which is opaque to everybody else; a broker that
 * understands it answers READY with a HEARTBEAT that carries one frame more. From then on a HEARTBEAT with such a frame
 * changes the credit: a worker that leaves gives its own up, and goes when the broker has said that it knows. And a worker
 * learns by it what the broker has heard of it: each says when it was sent, by the worker's clock, and comes back as it is.
 *
 *     routing id   0  magic "PVW", version 1     8  incarnation   u32      terms   0  magic "PVB", version 1    8  heartbeats every, us      u32
 *                  4  credit            u32     12  serial, salt  u16 x 2          4  credit            u32    12  given up after so long, us u32
 *                                                                                                              16  sent at, us               u48
 */
import type { Micros } from '../machine.ts';

/** What a broker grants a worker, and the rhythm it keeps. */
export interface Terms {
  /** Requests that the worker may have at once. */
  readonly credit: number;
  /** How often the broker is heard, and wants to hear. */
  readonly interval: Micros;
  /** After how much silence the broker takes the worker for lost, and gives its requests to others. */
  readonly timeout: Micros;
  /** When the worker said so, by its own clock, and what the broker heard last; 0 for READY. Absent where nobody keeps count. */
  readonly saidAt?: Micros;
}

/** The routing id of a worker's socket: no two alike, as a ROUTER turns the second one away. */
export function workerId(credit: number, incarnation: number, serial: number, salt: number): Uint8Array {
  const id = new Uint8Array(idBytes);
  id.set(idMagic);
  write32(id, 4, credit);
  write32(id, 8, incarnation);
  write32(id, 12, ((serial & 0xffff) << 16) | (salt & 0xffff));
  return id;
}

/** The credit that a routing id asks for; 0 for one that is not our workers'. */
export function creditIn(id: Uint8Array): number {
  return id.length === idBytes && startsWith(id, idMagic) ? Math.min(read32(id, 4), creditMax) : 0;
}

export function encodeTerms({ credit, interval, timeout, saidAt }: Terms): Uint8Array {
  const frame = new Uint8Array(saidAt === undefined ? termsBytes : stampedBytes);
  frame.set(termsMagic);
  write32(frame, 4, credit);
  write32(frame, 8, interval);
  write32(frame, 12, timeout);
  if (saidAt === undefined) return frame;
  write32(frame, 16, saidAt % 2 ** 32);
  frame[20] = Math.floor(saidAt / 2 ** 32) & 0xff;
  frame[21] = Math.floor(saidAt / 2 ** 40) & 0xff;
  return frame;
}

/** The terms in a heartbeat's extra frame; undefined where it is none of ours. */
export function readTerms(frame: Uint8Array | undefined): Terms | undefined {
  const isStamped = frame?.length === stampedBytes;
  if (frame === undefined || !(isStamped || frame.length === termsBytes) || !startsWith(frame, termsMagic)) {
    return undefined;
  }
  const terms = { credit: read32(frame, 4), interval: read32(frame, 8), timeout: read32(frame, 12) };
  return isStamped ? { ...terms, saidAt: read32(frame, 16) + (frame[20]! + frame[21]! * 256) * 2 ** 32 } : terms;
}

/** The address that stands for a request at a worker of ours: a number instead of its client, which may have several there. */
export function addressOf(request: number): Uint8Array {
  const address = new Uint8Array(addressBytes);
  write32(address, 0, request);
  return address;
}

/** The request that an address stands for, or -1. */
export function requestAt(address: Uint8Array): number {
  return address.length === addressBytes ? read32(address, 0) : -1;
}

function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  for (let i = 0; i < magic.length; i++) if (bytes[i] !== magic[i]) return false;
  return true;
}

function write32(into: Uint8Array, offset: number, value: number): void {
  into[offset] = value & 0xff;
  into[offset + 1] = (value >>> 8) & 0xff;
  into[offset + 2] = (value >>> 16) & 0xff;
  into[offset + 3] = (value >>> 24) & 0xff;
}

function read32(from: Uint8Array, offset: number): number {
  return (from[offset]! | (from[offset + 1]! << 8) | (from[offset + 2]! << 16) | (from[offset + 3]! << 24)) >>> 0;
}

const idMagic = Uint8Array.of(0x50, 0x56, 0x57, 1);
const termsMagic = Uint8Array.of(0x50, 0x56, 0x42, 1);
const idBytes = 16;
const termsBytes = 16;
const stampedBytes = 22;
const addressBytes = 4;
/** As many as a server may handle at once. */
const creditMax = 65_536;

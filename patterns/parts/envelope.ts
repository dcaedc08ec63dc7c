/**
 * The one envelope that all patterns put around a payload. Integers are little-endian, fields stand at fixed offsets,
 * and a batch is several envelopes in one frame:
 *
 *     0  magic "PVT", version 1        24  slot                  u32     44  lease until, server's clock, us  u48
 *     4  kind                    u8    28  sequence              u48     50  number of the part, from 1       u16
 *     5  delivery                u8    34  bytes of service      u16     52  time left until deadline, us     u32
 *     6  attempt                 u16   36  session epoch         u32     56  bytes of payload                 u32
 *     8  client id, ASCII        16    40  server's incarnation  u32     60  service, then payload
 */
import type { Delivery } from '../transaction.ts';
import { copyOf } from './bytes.ts';

export const headerBytes = 60;
/** Bytes a client id may have: they stand in a field of this size. */
export const clientIdBytesMax = 16;
export const serviceBytesMax = 255;
/** Requests that are read of one message. Our own ends pack far fewer; thousands would keep all others waiting. */
export const requestsMax = 1024;

export const Kind = {
  request: 1,
  reply: 2,
  rejected: 3,
  notExecuted: 4,
  partial: 5,
  ping: 6,
  pong: 7,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** One envelope, decoded. Readers fill the same object again and again: copy what must outlast the next read. */
export interface Envelope {
  kind: Kind;
  delivery: Delivery;
  attempt: number;
  client: string;
  slot: number;
  sequence: number;
  epoch: number;
  incarnation: number;
  leaseUntil: number;
  /**
   * Which part of an answer in parts this is, from 1; the reply that ends it is one further, and carries nothing. 0 in an
   * answer that is whole.
   */
  part: number;
  /** Time left until the deadline when it was sent; clocks are not shared. At most 4294 s. */
  remaining: number;
  service: string;
  payload: Uint8Array;
}

export function emptyEnvelope(): Envelope {
  return {
    kind: Kind.request,
    delivery: 'at-least-once',
    attempt: 1,
    client: '',
    slot: 0,
    sequence: 0,
    epoch: 0,
    incarnation: 0,
    leaseUntil: 0,
    part: 0,
    remaining: 0,
    service: '',
    payload: nothing,
  };
}

/** Whether a frame claims to hold our envelopes. Anything else is a body of a peer of another make. */
export function isEnvelope(frame: Uint8Array): boolean {
  return frame.length >= headerBytes && frame[0] === 0x50 && frame[1] === 0x56 && frame[2] === 0x54 && frame[3] === 1;
}

/** Bytes that `write` will take. */
export function sizeOf(service: string, payload: Uint8Array): number {
  return headerBytes + service.length + payload.length;
}

/** Writes one envelope at `offset` and returns the offset behind it. */
export function write(into: Uint8Array, offset: number, envelope: Envelope): number {
  const { service, payload, client } = envelope;
  into[offset] = 0x50;
  into[offset + 1] = 0x56;
  into[offset + 2] = 0x54;
  into[offset + 3] = 1;
  into[offset + 4] = envelope.kind;
  into[offset + 5] = envelope.delivery === 'at-least-once' ? 1 : 0;
  write16(into, offset + 6, Math.min(envelope.attempt, 0xffff));
  for (let i = 0; i < clientIdBytesMax; i++) into[offset + 8 + i] = i < client.length ? client.charCodeAt(i) : 0;
  write32(into, offset + 24, envelope.slot);
  write48(into, offset + 28, envelope.sequence);
  write16(into, offset + 34, service.length);
  write32(into, offset + 36, envelope.epoch);
  write32(into, offset + 40, envelope.incarnation);
  write48(into, offset + 44, envelope.leaseUntil);
  write16(into, offset + 50, envelope.part);
  write32(into, offset + 52, Math.max(0, Math.min(envelope.remaining, 0xffffffff)));
  write32(into, offset + 56, payload.length);
  const body = offset + headerBytes + service.length;
  for (let i = 0; i < service.length; i++) into[offset + headerBytes + i] = service.charCodeAt(i);
  into.set(payload, body);
  return body + payload.length;
}

/** One envelope in a frame of its own. */
export function encode(envelope: Envelope): Uint8Array {
  const frame = new Uint8Array(sizeOf(envelope.service, envelope.payload));
  write(frame, 0, envelope);
  return frame;
}

/**
 * Reads the envelope at `offset` into `envelope` and returns the offset behind it, or -1 where the bytes are not a
 * whole envelope. The payload is a view of the frame.
 */
export function read(frame: Uint8Array, offset: number, envelope: Envelope): number {
  if (offset + headerBytes > frame.length) return -1;
  if (frame[offset] !== 0x50 || frame[offset + 1] !== 0x56 || frame[offset + 2] !== 0x54) return -1;
  if (frame[offset + 3] !== 1) return -1;
  const kind = frame[offset + 4]!;
  const delivery = frame[offset + 5]!;
  if (kind < Kind.request || kind > Kind.pong || delivery > 1) return -1;
  const serviceBytes = read16(frame, offset + 34);
  const payloadBytes = read32(frame, offset + 56);
  const body = offset + headerBytes + serviceBytes;
  if (serviceBytes > serviceBytesMax || body + payloadBytes > frame.length) return -1;
  envelope.kind = kind as Kind;
  envelope.delivery = delivery === 1 ? 'at-least-once' : 'at-most-once';
  envelope.attempt = read16(frame, offset + 6);
  envelope.client = clients.read(frame, offset + 8, clientIdBytesMax);
  envelope.slot = read32(frame, offset + 24);
  envelope.sequence = read48(frame, offset + 28);
  envelope.epoch = read32(frame, offset + 36);
  envelope.incarnation = read32(frame, offset + 40);
  envelope.leaseUntil = read48(frame, offset + 44);
  envelope.part = read16(frame, offset + 50);
  envelope.remaining = read32(frame, offset + 52);
  envelope.service = services.read(frame, offset + headerBytes, serviceBytes);
  envelope.payload = frame.subarray(body, body + payloadBytes);
  return body + payloadBytes;
}

/**
 * The offset behind the envelope at `offset`, or -1 where the bytes are not a whole one: for whoever passes batches on,
 * and needs no more of each than a field.
 */
export function endOf(frame: Uint8Array, offset: number): number {
  if (offset + headerBytes > frame.length || frame[offset] !== 0x50 || frame[offset + 1] !== 0x56) return -1;
  if (frame[offset + 2] !== 0x54 || frame[offset + 3] !== 1) return -1;
  const kind = frame[offset + 4]!;
  const serviceBytes = read16(frame, offset + 34);
  const end = offset + headerBytes + serviceBytes + read32(frame, offset + 56);
  if (kind < Kind.request || kind > Kind.pong || frame[offset + 5]! > 1) return -1;
  return serviceBytes > serviceBytesMax || end > frame.length ? -1 : end;
}

export function kindAt(frame: Uint8Array, offset: number): Kind {
  return frame[offset + 4]! as Kind;
}

export function isRepeatableAt(frame: Uint8Array, offset: number): boolean {
  return frame[offset + 5] === 1;
}

export function sequenceAt(frame: Uint8Array, offset: number): number {
  return read48(frame, offset + 28);
}

export function remainingAt(frame: Uint8Array, offset: number): number {
  return read32(frame, offset + 52);
}

/** What a peer puts in place of a lease, where there is none: 32 bits and 16, as `leaseUntil` and its upper part. */
export function writeLow(frame: Uint8Array, offset: number, value: number): void {
  write32(frame, offset + 44, value);
}

export function writeHigh(frame: Uint8Array, offset: number, value: number): void {
  write16(frame, offset + 48, value);
}

/** The number after that one: they go round, and 0 is left out. */
export function nextPart(part: number): number {
  return part === 0xffff ? 1 : part + 1;
}

/** A copy of a frame of envelopes in which each is one attempt further: what a broker sends to the next worker. */
export function withNextAttempt(frame: Uint8Array): Uint8Array {
  const copy = copyOf(frame);
  const envelope = emptyEnvelope();
  for (let offset = 0; offset < copy.length; ) {
    const next = read(copy, offset, envelope);
    if (next < 0) break;
    write16(copy, offset + 6, Math.min(envelope.attempt + 1, 0xffff));
    offset = next;
  }
  return copy;
}

export const nothing: Uint8Array = new Uint8Array(0);

function write16(into: Uint8Array, offset: number, value: number): void {
  into[offset] = value & 0xff;
  into[offset + 1] = (value >>> 8) & 0xff;
}

function write32(into: Uint8Array, offset: number, value: number): void {
  into[offset] = value & 0xff;
  into[offset + 1] = (value >>> 8) & 0xff;
  into[offset + 2] = (value >>> 16) & 0xff;
  into[offset + 3] = (value >>> 24) & 0xff;
}

function write48(into: Uint8Array, offset: number, value: number): void {
  write32(into, offset, value % 0x100000000);
  write16(into, offset + 4, Math.floor(value / 0x100000000));
}

function read16(from: Uint8Array, offset: number): number {
  return from[offset]! | (from[offset + 1]! << 8);
}

function read32(from: Uint8Array, offset: number): number {
  return (read16(from, offset) | (from[offset + 2]! << 16) | (from[offset + 3]! << 24)) >>> 0;
}

function read48(from: Uint8Array, offset: number): number {
  return read32(from, offset) + read16(from, offset + 4) * 0x100000000;
}

/** The same few names come in every envelope: the last one is compared, byte by byte, instead of being made again. */
class NameReader {
  #bytes = new Uint8Array(0);
  #name = '';

  /** The text up to the first zero, or the end of the field. */
  read(from: Uint8Array, offset: number, bytes: number): string {
    const known = this.#bytes;
    if (known.length === bytes) {
      let i = 0;
      while (i < bytes && known[i] === from[offset + i]) i++;
      if (i === bytes) return this.#name;
    }
    this.#bytes = from.slice(offset, offset + bytes);
    const end = this.#bytes.indexOf(0);
    this.#name = String.fromCharCode(...(end < 0 ? this.#bytes : this.#bytes.subarray(0, end)));
    return this.#name;
  }
}

const clients = new NameReader();
const services = new NameReader();

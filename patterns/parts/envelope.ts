/**
 * The one envelope that all patterns put around a payload. Integers are little-endian, fields stand at fixed offsets,
 * and a batch is several envelopes in one frame:
 *
 *     0  magic "PVT", version 1        24  slot                  u32     44  lease until, server's clock, us  u48
 *     4  kind                    u8    28  sequence              u48     50  number of the part, from 1       u16
 *     5  delivery                u8    34  bytes of service      u16     52  time left until deadline, us     u32
 *     6  attempt                 u16   36  session epoch         u32     56  bytes of payload                 u32
 *     8  client id, ASCII        16    40  server's incarnation  u32     60  service, then payload
 *
 * Where an attempt needs no lease, as at a broker, the epoch's place numbers the client's messages, from 1.
 *
 * A request that names no service is for `default`: so small requests stay small enough to be copied where they are sent,
 * which costs zeromq.js less than to pass them on.
 */
import type { Delivery } from '../transaction.ts';
import { copyOf, smallBytes } from './bytes.ts';

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

/** What a request for that service says of it. */
export function serviceOnWire(service: string): string {
  return service === defaultService ? '' : service;
}

/** Which service a request is for that says so. */
export function serviceSaid(said: string): string {
  return said === '' ? defaultService : said;
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
  const { service, payload } = envelope;
  const view = viewOf(into);
  view.setUint32(offset, magic, true);
  into[offset + 4] = envelope.kind;
  into[offset + 5] = envelope.delivery === 'at-least-once' ? 1 : 0;
  view.setUint16(offset + 6, Math.min(envelope.attempt, 0xffff), true);
  clientsWritten.write(view, offset + 8, envelope.client);
  view.setUint32(offset + 24, envelope.slot, true);
  write48(view, offset + 28, envelope.sequence);
  view.setUint16(offset + 34, service.length, true);
  view.setUint32(offset + 36, envelope.epoch, true);
  view.setUint32(offset + 40, envelope.incarnation, true);
  write48(view, offset + 44, envelope.leaseUntil);
  view.setUint16(offset + 50, envelope.part, true);
  view.setUint32(offset + 52, Math.max(0, Math.min(envelope.remaining, 0xffffffff)), true);
  view.setUint32(offset + 56, payload.length, true);
  const body = offset + headerBytes + service.length;
  for (let i = 0; i < service.length; i++) into[offset + headerBytes + i] = service.charCodeAt(i);
  if (payload.length > 0) into.set(payload, body);
  return movedTo(body + payload.length, into);
}

/** One envelope in a frame of its own. */
export function encode(envelope: Envelope): Uint8Array {
  const frame = new Uint8Array(sizeOf(envelope.service, envelope.payload));
  write(frame, 0, envelope);
  return frame;
}

/**
 * Reads the envelope at `offset` into `envelope` and returns the offset behind it, or -1 where the bytes are not a
 * whole envelope. A small payload is a copy of its own, a larger one a view of the frame.
 */
export function read(frame: Uint8Array, offset: number, envelope: Envelope): number {
  const end = endOf(frame, offset);
  if (end < 0) return -1;
  const view = viewOf(frame);
  const serviceBytes = view.getUint16(offset + 34, true);
  const body = offset + headerBytes + serviceBytes;
  envelope.kind = kindAt(frame, offset);
  envelope.delivery = isRepeatableAt(frame, offset) ? 'at-least-once' : 'at-most-once';
  envelope.attempt = view.getUint16(offset + 6, true);
  envelope.client = clientsRead.read(view, offset + 8);
  envelope.slot = view.getUint32(offset + 24, true);
  envelope.sequence = read48(view, offset + 28);
  envelope.epoch = view.getUint32(offset + 36, true);
  envelope.incarnation = view.getUint32(offset + 40, true);
  envelope.leaseUntil = read48(view, offset + 44);
  envelope.part = view.getUint16(offset + 50, true);
  envelope.remaining = view.getUint32(offset + 52, true);
  envelope.service = services.read(frame, offset + headerBytes, serviceBytes);
  envelope.payload = payloadAt(frame, body, end);
  return movedTo(end, frame);
}

/** Byte by byte, as a view to copy from would cost as much again; and whoever keeps it does not keep the whole batch. */
function payloadAt(frame: Uint8Array, start: number, end: number): Uint8Array {
  const bytes = end - start;
  if (bytes === 0) return nothing;
  if (bytes > smallBytes) return new Uint8Array(frame.buffer, frame.byteOffset + start, bytes);
  const copy = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) copy[i] = frame[start + i]!;
  return copy;
}

/**
 * The offset behind the envelope at `offset`, or -1 where the bytes are not a whole one: for whoever passes batches on,
 * and needs no more of each than a field.
 */
export function endOf(frame: Uint8Array, offset: number): number {
  if (offset + headerBytes > frame.length) return -1;
  const view = viewOf(frame);
  if (view.getUint32(offset, true) !== magic) return -1;
  const kind = frame[offset + 4]!;
  const serviceBytes = view.getUint16(offset + 34, true);
  const end = offset + headerBytes + serviceBytes + view.getUint32(offset + 56, true);
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
  return read48(viewOf(frame), offset + 28);
}

export function epochAt(frame: Uint8Array, offset: number): number {
  return viewOf(frame).getUint32(offset + 36, true);
}

export function remainingAt(frame: Uint8Array, offset: number): number {
  return viewOf(frame).getUint32(offset + 52, true);
}

/** What is put into the upper 16 bits of a lease, where there is none, of an envelope that is written already. */
export function writeHigh(frame: Uint8Array, offset: number, value: number): void {
  viewOf(frame).setUint16(offset + 48, value, true);
}

/** The number after that one: they go round, and 0 is left out. */
export function nextPart(part: number): number {
  return part === 0xffff ? 1 : part + 1;
}

/** A copy of a frame of envelopes in which each is one attempt further: what a broker sends to the next worker. */
export function withNextAttempt(frame: Uint8Array): Uint8Array {
  const copy = copyOf(frame);
  for (let offset = 0, next = 0; offset < copy.length; offset = next) {
    next = endOf(copy, offset);
    if (next < 0) break;
    const view = viewOf(copy);
    view.setUint16(offset + 6, Math.min(view.getUint16(offset + 6, true) + 1, 0xffff), true);
  }
  return copy;
}

export const nothing: Uint8Array = new Uint8Array(0);

function write48(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value % 0x100000000, true);
  view.setUint16(offset + 4, Math.floor(value / 0x100000000), true);
}

function read48(view: DataView, offset: number): number {
  return view.getUint32(offset, true) + view.getUint16(offset + 4, true) * 0x100000000;
}

/** A frame is read and written envelope by envelope: it gets one view for all. */
function viewOf(frame: Uint8Array): DataView {
  if (frame !== viewed) {
    viewed = frame;
    view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  }
  return view;
}

/** At its end a frame is let go. */
function movedTo(offset: number, frame: Uint8Array): number {
  if (offset === frame.length) viewed = undefined;
  return offset;
}

/** The same few names come in every envelope: the last one is compared, byte by byte, instead of being made again. */
class NameReader {
  #bytes = new Uint8Array(0);
  #name = '';

  read(from: Uint8Array, offset: number, bytes: number): string {
    const known = this.#bytes;
    if (known.length === bytes) {
      let i = 0;
      while (i < bytes && known[i] === from[offset + i]) i++;
      if (i === bytes) return this.#name;
    }
    this.#bytes = copyOf(from.subarray(offset, offset + bytes));
    const end = this.#bytes.indexOf(0);
    this.#name = String.fromCharCode(...(end < 0 ? this.#bytes : this.#bytes.subarray(0, end)));
    return this.#name;
  }
}

/** The field of a client's id, as four words: the last id is compared, or written again, as such. */
class ClientField {
  #words = new Uint32Array(clientIdBytesMax / 4);
  #id = '';

  /** The text up to the first zero, or the end of the field. */
  read(view: DataView, offset: number): string {
    const words = this.#words;
    let i = 0;
    while (i < words.length && view.getUint32(offset + 4 * i, true) === words[i]) i++;
    if (i < words.length) this.#learn(new Uint8Array(view.buffer, view.byteOffset + offset, clientIdBytesMax));
    return this.#id;
  }

  write(view: DataView, offset: number, id: string): void {
    if (id !== this.#id) this.#learn(Uint8Array.from(id, (character) => character.charCodeAt(0)));
    // The very string that comes again is compared at a glance; one that only reads the same, character by character.
    this.#id = id;
    const words = this.#words;
    for (let i = 0; i < words.length; i++) view.setUint32(offset + 4 * i, words[i]!, true);
  }

  #learn(field: Uint8Array): void {
    const bytes = new Uint8Array(clientIdBytesMax);
    bytes.set(field.subarray(0, clientIdBytesMax));
    const view = new DataView(bytes.buffer);
    this.#words = this.#words.map((_, i) => view.getUint32(4 * i, true));
    const end = bytes.indexOf(0);
    this.#id = String.fromCharCode(...(end < 0 ? bytes : bytes.subarray(0, end)));
  }
}

export const defaultService = 'default';
/** "PVT" and the version. */
const magic = 0x01545650;
const services = new NameReader();
const clientsRead = new ClientField();
const clientsWritten = new ClientField();
let viewed: Uint8Array | undefined;
let view: DataView;

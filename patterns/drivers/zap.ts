/**
 * Who is let in (27/ZAP). For every CURVE handshake libzmq asks at `inproc://zeromq.zap.01` of the listening socket's own
 * context, before it hands on a single message. So each listening role has a context and a doorkeeper of its own, that
 * knows its list alone; nothing is shared with other roles, or with ZAP handlers that the application may have.
 */
import type { Frames } from '../machine.ts';
import { encodeZ85 } from '../parts/z85.ts';

export const zapEndpoint = 'inproc://zeromq.zap.01';

/** What a doorkeeper needs of its ROUTER, which is bound. */
export interface ZapSocket {
  readonly closed: boolean;
  receive(): Promise<Frames>;
  send(frames: Frames): Promise<void>;
}

/** Somebody whose key is not on the list. */
export interface Turned {
  /** The caller's IP address, as libzmq says it; empty over `ipc://`. */
  readonly address: string;
  readonly publicKey: string;
}

export interface Door {
  /** Requests that name another belong to a socket of an earlier life of this context. */
  readonly domain: string;
  readonly clients: ReadonlySet<string> | 'any';
  turnedAway(who: Turned): void;
}

/** Answers until the socket is closed. Where it can't go on nobody is let in any more, and nobody else is disturbed. */
export async function keepDoor(socket: ZapSocket, door: Door): Promise<void> {
  while (!socket.closed) {
    try {
      const answer = answerZap(await socket.receive(), door);
      if (answer !== undefined) await socket.send(answer);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
    }
  }
}

/** The answer to one request; undefined where it is none. What is not understood is not let in. */
export function answerZap(frames: Frames, door: Door): Frames | undefined {
  const start = frames.findIndex((frame) => frame.length === 0) + 1;
  const [version, requestId, domain, address, , mechanism, key] = frames.slice(start);
  if (start === 0 || version === undefined || requestId === undefined || textOf(version) !== zapVersion)
    return undefined;
  const isOurs = textOf(domain) === door.domain && textOf(mechanism) === 'CURVE' && key?.length === keyBytes;
  const publicKey = isOurs ? encodeZ85(key) : '';
  const isListed = isOurs && (door.clients === 'any' || door.clients.has(publicKey));
  if (isOurs && !isListed) door.turnedAway({ address: textOf(address), publicKey });
  const [status, words] = isListed ? ['200', 'OK'] : ['400', 'not on the list'];
  return [...frames.slice(0, start), version, requestId, bytesOf(status!), bytesOf(words!), nothing, nothing];
}

function textOf(frame: Uint8Array | undefined): string {
  return decoder.decode(frame);
}

function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

const zapVersion = '1.0';
const keyBytes = 32;
const nothing = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

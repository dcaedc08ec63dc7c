/**
 * What keys are to libzmq: options of every socket, and for whoever listens a context with a doorkeeper in it.
 */
import * as zmq from 'zeromq';
import type { Curve, KeyPair } from '../security.ts';
import { keepDoor, type Turned, type ZapSocket, zapEndpoint } from './zap.ts';

/** The context of a role that listens with keys, and its doorkeeper. */
export class Lock {
  readonly context: zmq.Context;
  readonly domain = `privateer.${crypto.randomUUID()}`;
  readonly #doorkeeper: zmq.Router;

  constructor({ clients }: Extract<Curve, { side: 'listener' }>, turnedAway: (who: Turned) => void) {
    const [context, doorkeeper] = idleDoor() ?? doorIn(new zmq.Context({ blocky: false }));
    this.context = context;
    this.#doorkeeper = doorkeeper;
    void keepDoor(this.#doorkeeper as unknown as ZapSocket, { domain: this.domain, clients, turnedAway });
  }

  /** Without this option libzmq lets everybody in where the doorkeeper can't be asked. */
  guard(socket: zmq.Socket): void {
    (socket as unknown as OptionSetter).setBoolOption(zapEnforceDomainOption, true);
  }

  close(): void {
    this.#doorkeeper.close();
    idleContexts.push(this.context);
  }
}

/**
 * zeromq.js ends a context no earlier than its process: each has threads and descriptors that would be left behind. So
 * they are used again, and there are as many as roles listened with keys at the same time, and one or two more.
 */
const idleContexts: zmq.Context[] = [];

type Doorway = [zmq.Context, zmq.Router];

function doorIn(context: zmq.Context): Doorway {
  const doorkeeper = new zmq.Router({ context, linger: 0, sendTimeout: 0 });
  try {
    doorkeeper.bindSync(zapEndpoint);
  } catch (error) {
    doorkeeper.close();
    throw error;
  }
  return [context, doorkeeper];
}

/**
 * A door in a context that nobody uses. libzmq frees the name a moment after its last doorkeeper was closed: until then
 * that context is passed over. To unbind would be no better: zeromq.js does it in another thread while requests come in,
 * which ends the process by an assertion now and then (6.8.0).
 */
function idleDoor(): Doorway | undefined {
  for (const [i, context] of idleContexts.entries()) {
    try {
      const door = doorIn(context);
      idleContexts.splice(i, 1);
      return door;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  return undefined;
}

/** A new pair, from libzmq, which takes its randomness from the operating system. */
export function keyPair(): KeyPair {
  return zmq.curveKeyPair();
}

/** What every socket of a role with keys is made with. */
export function curveOptions(curve: Curve | undefined, lock: Lock | undefined): zmq.SocketOptions<zmq.Router> {
  if (curve === undefined) return {};
  const keys = { curvePublicKey: curve.publicKey, curveSecretKey: curve.secretKey };
  if (curve.side === 'caller') return { ...keys, curveServerKey: curve.serverKey };
  return { ...keys, curveServer: true, zapDomain: lock!.domain, context: lock!.context };
}

interface OptionSetter {
  setBoolOption(option: number, value: boolean): void;
}

/** ZMQ_ZAP_ENFORCE_DOMAIN, which zeromq.js has no name for. */
const zapEnforceDomainOption = 93;
/** What a CURVE MESSAGE has more than the frame in it (26/CURVEZMQ): its name, a nonce, the box's tag, and flags. */
export const curveOverheadBytes = 33;

/**
 * CURVE, on every pattern: who may talk to whom, and that nobody else reads along.
 *
 * **Promised**, by CurveZMQ (26/CURVEZMQ) as libzmq has it: payloads, service names and everything else that a pattern
 * sends are encrypted and authenticated with keys of that one connection, so that what is recorded cannot be read later
 * with the long-term keys (forward secrecy), changed, or sent again. Whoever connects knows that the listener holds the
 * secret key that belongs to `serverKey`. Whoever listens knows that the caller holds the secret key of a public key in
 * `clients` (27/ZAP): before that is settled no message of the caller's reaches a handler, a broker's queue, or any code
 * of ours. A listener whose check can't be asked lets nobody in.
 *
 * **Not promised.** Who talks to whom, when and how much, can be seen; so can the caller's IP address. Of the handshake
 * the mechanism's name is in the clear. What goes through a broker is decrypted there, and encrypted anew: broker and
 * workers see it all, and a client does not know which worker answered. The keys let a *connection* in: every client
 * that is let in may ask for every service and may call itself by any `clientId`, and at a broker every caller
 * may register as a worker; so give keys to those alone who may do all that. A request that is sent again by the pattern
 * is a new message, and so is not kept from being executed twice by CURVE; that is what the reply cache is for. Anyone
 * who can reach the port can make the listener do handshakes: CURVE is no protection from denial of service. The list is
 * fixed for the listener's life: to take a key off it, start the listener anew, which ends its connections too.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { decodeZ85, encodeZ85 } from './parts/z85.ts';
import { MisuseError } from './transaction.ts';

/** A long-term key pair, each key 40 characters of Z85 (ZeroMQ RFC 32). */
export interface KeyPair {
  /** May be told to anybody. */
  readonly publicKey: string;
  /** May not. */
  readonly secretKey: string;
}

/** For whoever listens: servers that bind, brokers, and clients of a variant whose clients bind. */
export interface ListenerSecurity {
  /** 40 characters of Z85: see `keyPair()`. Never told to anyone, and in no error. */
  readonly secretKey: string;
  /** What belongs to it, which those who connect have as `serverKey`. Not needed; checked where it is given. */
  readonly publicKey?: string;
  /** The public keys that are let in, at least one; or `'any'`: then callers are encrypted, but not known. */
  readonly clients: readonly string[] | 'any';
}

/** For whoever connects: clients mostly, and servers where they call a broker. */
export interface CallerSecurity {
  /** The public key of whoever listens: one for all endpoints, so let listeners that stand for each other share it. */
  readonly serverKey: string;
  /** Our own. Never told to anyone, and in no error. */
  readonly secretKey: string;
  /** What belongs to it, which has to be among the listener's `clients`. Not needed; checked where it is given. */
  readonly publicKey?: string;
}

/** Which of the two it is depends on who listens, not on who asks. */
export type Security = ListenerSecurity | CallerSecurity;

/** A role's checked keys. Known to façade and driver alone: machines see no keys. */
export type Curve =
  | {
      readonly side: 'listener';
      readonly publicKey: string;
      readonly secretKey: string;
      readonly clients: ReadonlySet<string> | 'any';
    }
  | {
      readonly side: 'caller';
      readonly publicKey: string;
      readonly secretKey: string;
      readonly serverKey: string;
    };

/**
 * Checks what was given as `security` by `who`, who listens or calls.
 * @throws {MisuseError} that names the field, and never what stood in it: keys get mixed up.
 */
export function checkSecurity(given: unknown, side: Curve['side'], who: string): Curve | undefined {
  if (given === undefined) return undefined;
  const takes = `${who} ${side === 'listener' ? 'listens: it takes secretKey and clients' : 'connects: it takes secretKey and serverKey'}`;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw misuse('security', given, `${takes}, in an object`);
  }
  const fields = given as Readonly<Record<string, unknown>>;
  const own = side === 'listener' ? 'clients' : 'serverKey';
  for (const name of Object.keys(fields)) {
    if (![own, 'secretKey', 'publicKey'].includes(name) && fields[name] !== undefined) {
      throw misuse(`security.${name}`, fields[name], takes);
    }
  }
  const secretKey = checkKey('security.secretKey', fields['secretKey']);
  const publicKey = publicKeyOf(secretKey);
  if (fields['publicKey'] !== undefined && checkKey('security.publicKey', fields['publicKey']) !== publicKey) {
    throw misuse('security.publicKey', fields['publicKey'], 'it has to be the one that belongs to security.secretKey');
  }
  if (side === 'listener') return { side, publicKey, secretKey, clients: checkClients(fields['clients']) };
  return { side, publicKey, secretKey, serverKey: checkKey('security.serverKey', fields['serverKey']) };
}

/** The public key that belongs to a secret one (X25519, RFC 7748). */
export function publicKeyOf(secretKey: string): string {
  const der = Buffer.concat([pkcs8Prefix, decodeZ85(secretKey)!]);
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  return encodeZ85(Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url'));
}

function checkClients(given: unknown): ReadonlySet<string> | 'any' {
  if (given === 'any') return given;
  if (!Array.isArray(given) || given.length === 0) {
    throw misuse('security.clients', given, 'it takes a list of one public key or more, or "any"');
  }
  return new Set(given.map((key, i) => checkKey(`security.clients.${i}`, key)));
}

function checkKey(setting: string, given: unknown): string {
  const fits = typeof given === 'string' && given.length === keyLength && decodeZ85(given) !== undefined;
  if (!fits) throw misuse(setting, given, `a key is ${keyLength} characters of Z85: "privateer keys" makes them`);
  return given as string;
}

/** What was given may be a secret key in the wrong place, so it is never shown. */
function misuse(setting: string, given: unknown, allowed: string): MisuseError {
  return new MisuseError(setting, given, allowed, described(given));
}

function described(given: unknown): string {
  if (typeof given === 'string') return `a text of ${given.length} characters`;
  if (Array.isArray(given)) return `a list of ${given.length}`;
  if (typeof given === 'object' && given !== null) return 'an object';
  return given === undefined ? 'undefined' : `a ${typeof given}`;
}

const keyLength = 40;
/** What stands before the 32 bytes of an X25519 key in PKCS #8 (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

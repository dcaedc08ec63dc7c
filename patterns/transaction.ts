/**
 * The transaction interface: what every pattern offers, and the table of everything that can go wrong.
 * A caller who knows this page can change patterns by changing one import.
 */
import type { BrokerEvents, ClientEvents, Emitter, ServerEvents } from './events.ts';
import type { BrokerStats, ClientStats, ServerStats } from './stats.ts';

/** `clientId:sequence`. Unique for as long as the client id is; it is also the key of duplicate suppression. */
export type TransactionId = string;

/**
 * `at-least-once`: tried again, elsewhere, for as long as the deadline allows; an execution may repeat.
 * `at-most-once`: never handed to a second server unless the first is known not to have executed it.
 */
export type Delivery = 'at-most-once' | 'at-least-once';

/** What the caller is told: done; certainly not done and never will be; no telling; answered by a handler that threw. */
export type Outcome = 'committed' | 'refused' | 'unknown' | 'rejected';

/** What may be said of one transaction. */
export interface TransactOptions {
  /** `clientId:sequence`. Made here, unless a restarted caller repeats its own with the same `clientId`. */
  id?: TransactionId;
  /** Time until the deadline, in milliseconds: 1 to 3 600 000, by default the client's `timeoutMs` (5000). */
  timeoutMs?: number;
  /** Gives the transaction up. It settles at once: `withdrawn` where no server had it, otherwise `abandoned`. */
  signal?: AbortSignal;
  /** By default `at-least-once` where the variant can try again, otherwise `at-most-once`. */
  delivery?: Delivery;
}

/** What to wait for, and for how long. */
export interface ReadyOptions {
  /** How many peers must be able to take a transaction: 1 to 65 536, 1 by default. */
  servers?: number;
  /** In milliseconds: 1 to 3 600 000, 5000 by default. */
  timeoutMs?: number;
  /** Gives the waiting up, with code `withdrawn`. */
  signal?: AbortSignal;
}

/** How to end. */
export interface CloseOptions {
  /**
   * How long what was begun may take to end, in milliseconds: 0 to 3 600 000. A client's default is 0: what is pending
   * settles at once, as given up. A server's and a broker's is 5000.
   */
  drainMs?: number;
}

/** One end that asks. Safe to share: any number of transactions may be pending at once. */
export interface Client extends AsyncDisposable, Emitter<ClientEvents> {
  /** Identifies this client in transaction ids, ledgers and reply caches. */
  readonly clientId: string;
  /**
   * Resolves with the reply, or rejects with a {@link TransactionError}. Settles exactly once, by its deadline at the
   * latest. The request's bytes must not change until then: they are not copied.
   * Rejects at once with a {@link MisuseError} when the request or an option is not allowed; nothing was sent then.
   */
  transact(request: Uint8Array, options?: TransactOptions): Promise<Uint8Array>;
  /**
   * The same for a handler that answers in parts: they come as they are made, in order; one item where the handler answers
   * whole. ({@link Client.transact} gives the parts joined.) Begins at once. Ends, or throws a {@link TransactionError}, by
   * the deadline. An answer that breaks off after its first part is not begun anew: it throws, coded `interrupted`. So it
   * does where more than `streamBufferBytes` wait to be read: there is no back-pressure to the server. Leaving the loop
   * gives the transaction up. To be read once.
   * @throws {MisuseError} at once, as `transact` does.
   */
  stream(request: Uint8Array, options?: TransactOptions): AsyncIterable<Uint8Array>;
  /**
   * Resolves once that many peers can take a transaction (a broker with a worker for the service counts as one).
   * Rejects with a {@link TransactionError} coded `unsent` when the time is up, and `withdrawn` when it is given up or the
   * client closes. Takes the place of "sleep 1".
   */
  ready(options?: ReadyOptions): Promise<void>;
  /** What has happened since `connect`, and how things stand: a plain object of numbers, made anew by each call. */
  stats(): ClientStats;
  /**
   * Another list of servers, or brokers, in place of the one before. Those that are new are connected to; one that is
   * no longer in it is given nothing more, and its connection ends once what it holds has settled. The same list again
   * changes nothing. No effect on a client that is closed.
   * @throws {MisuseError} for what is no list of endpoints, and where the variant's servers connect to its clients.
   */
  endpoints(list: string | readonly string[]): void;
  /**
   * Takes no more transactions, lets those that are pending settle for at most `drainMs`, gives the rest up (coded
   * `withdrawn` or `abandoned`), closes every socket, and resolves when nothing is left and every caller has been told:
   * the process may end then. May be called twice.
   */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * What a handler is told about the request it handles. A peer of another make says less: to its requests `client` is
 * `plain`, `attempt` 1, the id is made up here, and the deadline is an hour away.
 */
export interface HandlerContext {
  /** The transaction's, the same for each of its attempts. */
  readonly id: TransactionId;
  /** Who asks: the client's `clientId`. */
  readonly client: string;
  /** What was asked for: this server's service. */
  readonly service: string;
  /** 1 for the first hand-over of this transaction to any server. */
  readonly attempt: number;
  /** Time left until the caller's deadline, in milliseconds, by this server's clock. */
  readonly remainingMs: number;
  /** Aborts when the caller's deadline passes. */
  readonly signal: AbortSignal;
  /**
   * Whether this attempt may still take effect. Ask immediately before the effect: a handler that began before a
   * freeze and asks after it is told no, and whatever it then returns, the caller is told "not executed".
   */
  mayCommit(): boolean;
}

/**
 * Answers one request: whole, or in parts, each of at most `payloadLimitBytes`. A handler that throws makes the caller's
 * promise reject with code `rejected` and its message.
 */
export type Handler = (
  request: Uint8Array,
  context: HandlerContext,
) => Uint8Array | Promise<Uint8Array> | AsyncIterable<Uint8Array>;

/** One end that answers. */
export interface Server extends Running, Emitter<ServerEvents> {
  /**
   * Takes no more requests (they are answered "not executed"), finishes those begun and queued for at most `drainMs`
   * (5000), then closes its sockets. May be called twice.
   */
  close(options?: CloseOptions): Promise<void>;
  /** What has happened since `serve`, and how things stand: a plain object of numbers, made anew by each call. */
  stats(): ServerStats;
}

/** A role that runs until it is closed. */
export interface Running extends AsyncDisposable {
  /** Finishes what it has for at most `drainMs` (5000), then closes its sockets. May be called twice. */
  close(options?: CloseOptions): Promise<void>;
}

/** A role with neither requests nor handlers of its own. */
export interface Broker extends Running, Emitter<BrokerEvents> {
  /** Its figures: what it has counted so far, and how it stands now. */
  stats(): BrokerStats;
}

/** Every way a transaction can fail. `definite`: it was certainly not executed, and never will be. */
export const failures = {
  unsent: { outcome: 'refused', definite: true, sentence: 'no server took it' },
  full: { outcome: 'refused', definite: true, sentence: 'as many transactions are pending as this client allows' },
  'not-executed': { outcome: 'refused', definite: true, sentence: 'every server asked said it did not execute it' },
  withdrawn: { outcome: 'refused', definite: true, sentence: 'it was given up before any server took it' },
  deadline: { outcome: 'unknown', definite: false, sentence: 'its deadline passed with a server still to answer' },
  abandoned: { outcome: 'unknown', definite: false, sentence: 'it was given up with a server still to answer' },
  disconnected: { outcome: 'unknown', definite: false, sentence: 'the connection to the only server asked was lost' },
  interrupted: { outcome: 'unknown', definite: false, sentence: 'its answer broke off after its first part' },
  echoed: { outcome: 'unknown', definite: false, sentence: 'a peer sent the request itself back as its answer' },
  rejected: { outcome: 'rejected', definite: false, sentence: 'the handler threw' },
} as const satisfies Record<string, { outcome: Outcome; definite: boolean; sentence: string }>;

/** Which of them it was. */
export type FailureCode = keyof typeof failures;

/** How a transaction ended, as a machine says it. */
export type Settlement = 'committed' | FailureCode;

/** Why a transaction did not commit. Carries no stack: under a server's death thousands are made at once. */
export class TransactionError extends Error {
  override readonly name = 'TransactionError';
  /** Which of {@link failures} it is. */
  readonly code: FailureCode;
  /** What the code says of the transaction. */
  readonly outcome: Outcome;
  /** True only if the transaction was certainly not executed, and never will be. */
  readonly definite: boolean;
  /** The transaction's; absent where it was never given one. */
  readonly id: TransactionId | undefined;

  constructor(code: FailureCode, id?: TransactionId, message?: string) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message ?? `${code}: ${failures[code].sentence}`);
    Error.stackTraceLimit = limit;
    this.code = code;
    this.outcome = failures[code].outcome;
    this.definite = failures[code].definite;
    this.id = id;
  }
}

/** A setting, option or call that is not allowed. Thrown at once; nothing was sent or opened. */
export class MisuseError extends Error {
  override readonly name = 'MisuseError';
  /** The setting, option or argument at fault. */
  readonly setting: string;
  /** What is allowed instead, in words. */
  readonly allowed: string;

  /** `shown` stands for what was given where that must not be seen. */
  constructor(setting: string, given: unknown, allowed: string, shown: string = show(given)) {
    super(onOneLine(`${setting}: ${shown} is not allowed; ${allowed}`));
    this.setting = setting;
    this.allowed = allowed;
  }

  /** The same, of a setting that stands in something else: `settings.window` for `window`. */
  within(path: string, given: unknown): MisuseError {
    return new MisuseError(`${path}.${this.setting}`, given, this.allowed);
  }
}

/** Names and values come from outside, and may have in them what would end the line, or tell the terminal something. */
function onOneLine(message: string): string {
  return message.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

function show(given: unknown): string {
  if (typeof given === 'string') return JSON.stringify(given);
  if (given instanceof Uint8Array) return `a request of ${given.byteLength} bytes`;
  if (typeof given === 'object' && given !== null) return Array.isArray(given) ? JSON.stringify(given) : 'an object';
  return String(given);
}

/** The promise side of asking, written once for all patterns. */
import createDebug from 'debug';
import { AbortSignals, abandonInSlices } from './abort-signals.ts';
import { AnswerStream } from './answer-stream.ts';
import { monotonicMicros, ZeromqDriver } from './drivers/zeromq.ts';
import { Emitting } from './emitting.ts';
import { type ClientEvents, clientEventKinds } from './events.ts';
import { type ClientMachine, FULL, type Note, type Slot } from './machine.ts';
import { checkClientId, checkService, checkWhole, variantOf } from './names.ts';
import { joined } from './parts/bytes.ts';
import { checkBinds, checkEndpoints, endpointsUnder } from './parts/endpoint.ts';
import { type Given, type Settings, withDefaults } from './parts/settings.ts';
import { listenerOf, type Pattern, type Variant } from './pattern.ts';
import { type Curve, checkSecurity, type Security } from './security.ts';
import type { ClientStats } from './stats.ts';
import { Tally } from './tally.ts';
import {
  type Client,
  type CloseOptions,
  failures,
  MisuseError,
  type ReadyOptions,
  type Settlement,
  TransactionError,
  type TransactionId,
  type TransactOptions,
} from './transaction.ts';

/** Where a client and its peers meet: it connects to them, or, in the variants whose clients listen, they to it. */
type Where =
  | {
      /**
       * Where the servers are, or the brokers: `tcp://host:port` or `ipc://path`. A name is resolved again for each attempt
       * to connect, by libzmq's own thread: while a resolver hangs, so does everything that thread carries.
       */
      endpoints: string | readonly string[];
      bind?: never;
    }
  | {
      /** Where to listen, in the variants whose clients do: as many endpoints as their setting says. */
      bind: string | readonly string[];
      endpoints?: never;
    };

/** What `connect` takes: the pattern's own settings, each with its default and its limits, and these. */
export type ConnectSettings<S extends Settings = Settings> = Given<S> & Where & ClientSettings;

interface ClientSettings {
  /** 1 to 255 printable ASCII characters; `default` by default. */
  service?: string;
  /** 1 to 16 letters, digits, ".", "_" and "-". Made at random by default; give one to repeat transactions after a restart. */
  clientId?: string;
  /** Keys for CURVE: those of a caller, `{ serverKey, secretKey }`. Without it nothing is encrypted, and anybody let in. */
  security?: Security;
  /** One of the pattern's variants; its first by default. */
  variant?: string;
  /** Is told everything the machine notes. Costs time; leave it away where nobody listens. */
  trace?: (note: Note) => void;
}

/**
 * Connects to a pattern's servers or brokers, or listens for them. Resolves at once (once it listens), with nothing yet
 * known of them: see `client.ready()`.
 * @throws {MisuseError} for an unknown or impossible setting, or an endpoint that can't be bound.
 */
export async function connect<S extends Settings>(pattern: Pattern<S>, settings: ConnectSettings<S>): Promise<Client> {
  const { endpoints, bind, service, clientId, security, variant: variantName, trace, ...given } = settings;
  const [named, variant] = variantOf(pattern, variantName);
  const values = withDefaults(pattern.settings, given, variant.settings);
  const who = `a client of ${pattern.name}/${named}`;
  const listens = listenerOf(pattern, variant) === 'client';
  const setup = {
    endpoints: listens ? [] : endpointsUnder('endpoints', 'bind', { bind, endpoints }, who),
    bind: listens
      ? checkBinds(endpointsUnder('bind', 'endpoints', { bind, endpoints }, who), variant.clientEndpoints, values)
      : [],
    service: checkService(service ?? 'default'),
    clientId: clientId === undefined ? randomClientId() : checkClientId(clientId),
    firstSequence: clientId === undefined ? 1 : sequenceOfNow(),
    settings: values,
  };
  const curve = checkSecurity(security, listens ? 'listener' : 'caller', who);
  const client = new PatternClient(pattern, variant, setup, curve, trace);
  await client.bound();
  return client;
}

type Setup<S extends Settings> = Parameters<Pattern<S>['client']>[0];

/** Whoever waits for an answer; a stream takes its parts as they come. */
interface Asker {
  readonly resolve: (reply: Uint8Array) => void;
  readonly reject: (error: Error) => void;
  readonly stream: AnswerStream | undefined;
}

interface Waiting extends Asker {
  readonly id: TransactionId;
  readonly signal: AbortSignal | undefined;
  /** What there is of an answer in parts that is wanted whole. */
  parts: Uint8Array[] | undefined;
  partsBytes: number;
  /** Why we gave it up ourselves. */
  why: string | undefined;
}

interface ReadyWaiting {
  readonly servers: number;
  readonly done: (error?: Error) => void;
}

class PatternClient<S extends Settings> extends Emitting<ClientEvents> implements Client {
  readonly clientId: string;
  readonly #variant: Variant<S>;
  readonly #listens: boolean;
  readonly #driver: ZeromqDriver<ClientMachine>;
  readonly #waiting: (Waiting | undefined)[] = [];
  readonly #signals = new AbortSignals((slot) => this.#abandon(slot));
  readonly #ready = new Set<ReadyWaiting>();
  readonly #tally = new Tally();
  /** Ids that callers gave, of transactions that are pending. */
  readonly #repeated = new Set<TransactionId>();
  /** Sequences from here on may be of this life's own making; repeated ones of a life before are below. */
  readonly #firstSequence: number;
  readonly #timeoutMs: number;
  readonly #payloadLimitBytes: number;
  readonly #streamBufferBytes: number;
  #closing: Promise<void> | undefined;
  #whenDrained: (() => void) | undefined;

  constructor(
    pattern: Pattern<S>,
    variant: Variant<S>,
    setup: Setup<S>,
    curve: Curve | undefined,
    trace: ((note: Note) => void) | undefined,
  ) {
    super(clientEventKinds, setup.clientId);
    const limits = setup.settings as unknown as Limits;
    this.clientId = setup.clientId;
    this.#variant = variant;
    this.#listens = setup.bind.length > 0;
    this.#firstSequence = setup.firstSequence;
    this.#timeoutMs = limits.timeoutMs;
    this.#payloadLimitBytes = limits.payloadLimitBytes;
    this.#streamBufferBytes = limits.streamBufferBytes;
    this.#driver = new ZeromqDriver<ClientMachine>(
      (effects) => pattern.client(setup, effects),
      {
        settle: (slot, how, body) => this.#settle(slot, how, body),
        part: (slot, body, isFirst) => this.#part(slot, body, isFirst),
        turned: () => this.#turned(),
        heard: (note) => this.tell(note),
        note: noting(createDebug(`privateer:${pattern.name}:client:${setup.clientId}`), trace),
      },
      seedOf(setup.clientId),
      curve,
    );
  }

  bound(): Promise<void> {
    return this.#driver.bound();
  }

  transact(request: Uint8Array, options: TransactOptions = {}): Promise<Uint8Array> {
    return new Promise((resolve, reject) => this.#begin(request, options, { resolve, reject, stream: undefined }));
  }

  stream(request: Uint8Array, options: TransactOptions = {}): AsyncIterable<Uint8Array> {
    const stream = new AnswerStream(this.#streamBufferBytes, () => this.#leave(stream));
    const resolve = (reply: Uint8Array) => {
      stream.push(reply);
      stream.end();
    };
    try {
      this.#begin(request, options, { resolve, reject: (error) => stream.end(error), stream });
    } catch (error) {
      if (!(error instanceof TransactionError)) throw error;
      stream.end(error);
    }
    return stream;
  }

  async ready(options: ReadyOptions = {}): Promise<void> {
    const servers = checkWhole('servers', options.servers ?? 1, 1, 65_536);
    const timeoutMs = checkWhole('timeoutMs', options.timeoutMs ?? 5000, 1, timeoutMsMax);
    if (this.#driver.closed) throw new TransactionError('unsent', undefined, 'the client is closed');
    if (this.#driver.machine.available >= servers) return;
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error) => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', onAbort);
        this.#ready.delete(waiting);
        if (error === undefined) resolve();
        else reject(error);
      };
      const onAbort = () => done(new TransactionError('withdrawn', undefined, 'waiting for servers was given up'));
      const late = () => {
        const { available } = this.#driver.machine;
        const message = `${available} of ${servers} servers ready after ${timeoutMs} ms${this.#because()}`;
        done(new TransactionError('unsent', undefined, message));
      };
      const timer = setTimeout(late, timeoutMs);
      const waiting = { servers, done };
      this.#ready.add(waiting);
      if (options.signal?.aborted) onAbort();
      else options.signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  stats(): ClientStats {
    return { ...this.#tally.stats(this.#driver.machine), denied: this.#driver.denied };
  }

  endpoints(list: string | readonly string[]): void {
    if (this.#listens) throw new MisuseError('endpoints', list, 'the servers connect to a client of this variant');
    const checked = checkEndpoints('endpoints', list);
    if (this.#closing === undefined) this.#driver.input((machine, now) => machine.endpoints(now, checked));
  }

  close(options: CloseOptions = {}): Promise<void> {
    const drainMs = checkWhole('drainMs', options.drainMs ?? 0, 0, timeoutMsMax);
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected override listen(kinds: ReadonlyMap<string, unknown>): void {
    this.#driver.listen(kinds);
  }

  #begin(request: Uint8Array, options: TransactOptions, asker: Asker): void {
    const timeoutMs = checkWhole('timeoutMs', options.timeoutMs ?? this.#timeoutMs, 1, timeoutMsMax);
    const delivery = this.#delivery(options.delivery);
    const sequence = options.id === undefined ? undefined : this.#sequence(options.id);
    const { signal } = options;
    if (!(request instanceof Uint8Array) || request.byteLength > this.#payloadLimitBytes) {
      throw new MisuseError('request', request, `it takes a Uint8Array of at most ${this.#payloadLimitBytes} bytes`);
    }
    this.#tally.began(request);
    if (this.#closing !== undefined) throw this.#refused('withdrawn', options.id, 'withdrawn: the client is closed');
    if (signal?.aborted) throw this.#refused('withdrawn', options.id);
    this.#driver.input((machine, now) => {
      const deadline = now + timeoutMs * 1000;
      const slot = machine.transact(now, {
        request,
        deadline,
        delivery,
        inParts: asker.stream !== undefined,
        ...(sequence === undefined ? {} : { sequence }),
      });
      if (slot === FULL) {
        asker.reject(this.#refused('full', options.id));
        return;
      }
      const id = `${this.clientId}:${machine.sequenceOf(slot)}`;
      if (signal !== undefined) this.#signals.add(signal, slot);
      if (options.id !== undefined) this.#repeated.add(id);
      const { resolve, reject, stream } = asker;
      const parts = { parts: undefined, partsBytes: 0, why: undefined };
      this.#waiting[slot] = { resolve, reject, stream, id, signal, ...parts };
    });
  }

  /** One that was never pending. */
  #refused(code: 'full' | 'withdrawn', id: TransactionId | undefined, message?: string): TransactionError {
    this.#tally.ended(code);
    return new TransactionError(code, id, message);
  }

  #abandon(slot: Slot): void {
    this.#driver.input((machine, now) => machine.abandon(now, slot));
  }

  #settle(slot: Slot, how: Settlement, body: Uint8Array | undefined): void {
    const waiting = this.#waiting[slot];
    if (waiting === undefined) throw new Error(`slot ${slot} settled twice, as ${how}`);
    this.#waiting[slot] = undefined;
    this.#repeated.delete(waiting.id);
    if (waiting.signal !== undefined) this.#signals.remove(waiting.signal, slot);
    this.#tally.ended(waiting.why === undefined ? how : 'interrupted', body?.byteLength ?? waiting.partsBytes);
    if (waiting.why !== undefined) waiting.reject(new TransactionError('interrupted', waiting.id, waiting.why));
    else if (how === 'committed') commit(waiting, body);
    else if (how === 'rejected') waiting.reject(new TransactionError(how, waiting.id, decoder.decode(body)));
    else if (how === 'unsent' || how === 'deadline') {
      waiting.reject(new TransactionError(how, waiting.id, `${how}: ${failures[how].sentence}${this.#because()}`));
    } else waiting.reject(new TransactionError(how, waiting.id));
  }

  /** What is wrong with endpoints that can't be used, where their handshakes told. */
  #because(): string {
    const { denials } = this.#driver;
    return denials === '' ? '' : ` (${denials})`;
  }

  #part(slot: Slot, body: Uint8Array, isFirst: boolean): void {
    const waiting = this.#waiting[slot];
    if (waiting === undefined || waiting.why !== undefined) return;
    waiting.partsBytes = isFirst ? body.length : waiting.partsBytes + body.length;
    if (waiting.stream !== undefined) {
      if (!waiting.stream.push(body))
        this.#interrupt(slot, waiting, `over ${this.#streamBufferBytes} bytes wait unread`);
      return;
    }
    if (isFirst) waiting.parts = [];
    waiting.parts!.push(body);
    if (waiting.partsBytes > this.#payloadLimitBytes || waiting.parts!.length > partsMax) {
      this.#interrupt(slot, waiting, `more parts than ${this.#payloadLimitBytes} bytes: take them by stream()`);
    }
  }

  /** Its answer is more than we can hold. */
  #interrupt(slot: Slot, waiting: Waiting, why: string): void {
    waiting.why = `interrupted: ${why}`;
    this.#abandon(slot);
  }

  /** The reader of a stream left before its end. */
  #leave(stream: AnswerStream): void {
    const slot = this.#waiting.findIndex((waiting) => waiting?.stream === stream);
    if (slot >= 0) this.#abandon(slot);
  }

  #turned(): void {
    // The first turn ends before the constructor does.
    const machine = this.#driver?.machine;
    if (machine === undefined) return;
    for (const waiting of this.#ready) if (machine.available >= waiting.servers) waiting.done();
    if (machine.pending === 0) this.#whenDrained?.();
  }

  async #close(drainMs: number): Promise<void> {
    const { machine } = this.#driver;
    this.#driver.input((draining, now) => draining.drain(now));
    if (machine.pending > 0 && drainMs > 0) await this.#drained(drainMs);
    await abandonInSlices(this.#pendingSlots(), (slot) => this.#abandon(slot));
    for (const waiting of this.#ready)
      waiting.done(new TransactionError('withdrawn', undefined, 'the client is closed'));
    this.#driver.close();
  }

  *#pendingSlots(): Iterable<Slot> {
    for (const [slot, waiting] of this.#waiting.entries()) if (waiting !== undefined) yield slot;
  }

  #drained(drainMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, drainMs);
      this.#whenDrained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #delivery(given: TransactOptions['delivery']): 'at-most-once' | 'at-least-once' {
    const { deliveries } = this.#variant;
    if (given === undefined) return deliveries[0];
    if (!deliveries.includes(given)) {
      throw new MisuseError('delivery', given, `this variant can do ${deliveries.join(' and ')}`);
    }
    return given;
  }

  #sequence(id: TransactionId): number {
    const [clientId, sequence, more] = id.split(':');
    const number = Number(sequence);
    const isWritten = String(number) === sequence && Number.isSafeInteger(number);
    const fits = clientId === this.clientId && more === undefined && isWritten && number > 0;
    if (!fits || number >= 2 ** 48) {
      throw new MisuseError('id', id, `it takes "${this.clientId}:" and a whole number from 1 to 281474976710655`);
    }
    const isPending =
      this.#repeated.has(id) || (number >= this.#firstSequence && this.#waiting.some((one) => one?.id === id));
    if (isPending) throw new MisuseError('id', id, 'a transaction of that id is pending');
    return number;
  }
}

/** The answer came whole, or its parts have. */
function commit(waiting: Waiting, body: Uint8Array | undefined): void {
  if (body !== undefined) waiting.resolve(body);
  else if (waiting.stream !== undefined) waiting.stream.end();
  else waiting.resolve(joined(waiting.parts ?? []));
}

interface Limits {
  readonly timeoutMs: number;
  readonly payloadLimitBytes: number;
  readonly streamBufferBytes: number;
}

/** Notes go to `debug` and to whoever asked for them; where there is neither, machines make none. */
export function noting(debug: createDebug.Debugger, trace?: (note: Note) => void): ((note: Note) => void) | undefined {
  if (!debug.enabled) return trace;
  return (note) => {
    const { kind, ...details } = note;
    debug('%s %o', kind, details);
    trace?.(note);
  };
}

/** A seed for a role's chance: its own, so that many that start together don't wait alike. */
export function seedOf(name: string): number {
  let seed = monotonicMicros() | 0;
  for (const character of name) seed = Math.imul(seed ^ character.charCodeAt(0), 0x01000193);
  return seed;
}

function randomClientId(): string {
  return crypto.randomUUID().replaceAll('-', '').slice(0, 16);
}

/**
 * Where a client that keeps its id begins to count: no restart may repeat a sequence of the life before. In hundredths
 * of a millisecond, it stays ahead of a client that makes up to 100 000 transactions a second, until the year 2114.
 */
function sequenceOfNow(): number {
  return Math.max(1, (Date.now() - Date.UTC(2025, 0, 1)) * 100);
}

const decoder = new TextDecoder();
/** Empty parts take memory too. */
const partsMax = 65_536;
const timeoutMsMax = 3_600_000;

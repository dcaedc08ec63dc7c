/** The promise side of asking, written once for all patterns. */
import createDebug from 'debug';
import { AbortSignals, abandonInSlices } from './abort-signals.ts';
import { AnswerStream } from './answer-stream.ts';
import { randomClientId, sequenceOfNow } from './client-identity.ts';
import type { ConnectSettings } from './connect-settings.ts';
import { monotonicMicros, ZeromqDriver } from './drivers/zeromq.ts';
import { Emitting } from './emitting.ts';
import { type ClientEvents, clientEventKinds } from './events.ts';
import { type ClientMachine, FULL, type Note, type Order, type Slot } from './machine.ts';
import { checkClientId, checkObject, checkService, checkSignal, checkWhole, closeOptions, variantOf } from './names.ts';
import { noting, seedOf } from './noting.ts';
import { noParticulars, type Particulars } from './particulars.ts';
import { joined } from './parts/bytes.ts';
import { checkBinds, checkEndpoints, endpointsUnder } from './parts/endpoint.ts';
import { defaultService } from './parts/envelope.ts';
import { type Settings, withDefaults } from './parts/settings.ts';
import { listenerOf, type Pattern, type Variant } from './pattern.ts';
import { type Curve, checkSecurity } from './security.ts';
import type { ClientStats } from './stats.ts';
import { Tally } from './tally.ts';
import {
  type Client,
  type CloseOptions,
  type FailureCode,
  failures,
  MisuseError,
  type ReadyOptions,
  type Settlement,
  TransactionError,
  type TransactionId,
  type TransactOptions,
} from './transaction.ts';

/**
 * Connects to a pattern's servers or brokers, or listens for them. Resolves at once (once it listens), with nothing yet
 * known of them: see `client.ready()`.
 * @throws {MisuseError} for an unknown or impossible setting, or an endpoint that can't be bound.
 */
export async function connect<S extends Settings>(pattern: Pattern<S>, settings: ConnectSettings<S>): Promise<Client> {
  const {
    endpoints,
    bind,
    service,
    clientId,
    security,
    variant: variantName,
    trace,
    ...given
  } = checkObject('settings', settings);
  const [named, variant] = variantOf(pattern, variantName);
  const values = withDefaults(pattern.settings, given, variant.settings);
  const who = `a client of ${pattern.name}/${named}`;
  const listens = listenerOf(pattern, variant) === 'client';
  const setup = {
    endpoints: listens ? [] : endpointsUnder('endpoints', 'bind', { bind, endpoints }, who),
    bind: listens
      ? checkBinds(endpointsUnder('bind', 'endpoints', { bind, endpoints }, who), variant.clientEndpoints, values)
      : [],
    service: checkService(service ?? defaultService),
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

/** Settles what `transact` returned: with a reply, or with a promise that is rejected. */
type Resolve = (reply: Uint8Array | Promise<never>) => void;

interface ReadyWaiting {
  readonly servers: number;
  readonly done: (error?: Error) => void;
}

class PatternClient<S extends Settings> extends Emitting<ClientEvents> implements Client {
  readonly clientId: string;
  readonly #variant: Variant<S>;
  readonly #listens: boolean;
  readonly #driver: ZeromqDriver<ClientMachine>;
  /** By slot. */
  readonly #resolves: (Resolve | undefined)[] = [];
  readonly #particulars = new Map<Slot, Particulars>();
  readonly #signals = new AbortSignals((slot) => this.#abandon(slot));
  readonly #ready = new Set<ReadyWaiting>();
  readonly #tally = new Tally();
  /** Of ids that callers gave, of transactions that are pending. */
  readonly #repeated = new Set<number>();
  /** Filled anew for each transaction: a machine reads it, and does not keep it. */
  readonly #order: Writable<Required<Order>> = {
    request: empty,
    deadline: 0,
    delivery: 'at-least-once',
    inParts: false,
    sequence: undefined,
  };
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

  transact(request: Uint8Array, options: TransactOptions = noOptions): Promise<Uint8Array> {
    return new Promise((resolve) => this.#begin(request, options, resolve, undefined));
  }

  stream(request: Uint8Array, options: TransactOptions = noOptions): AsyncIterable<Uint8Array> {
    const stream = new AnswerStream(this.#streamBufferBytes, () => this.#leave(stream));
    try {
      this.#begin(request, options, nobody, stream);
    } catch (error) {
      if (!(error instanceof TransactionError)) throw error;
      stream.end(error);
    }
    return stream;
  }

  async ready(options: ReadyOptions = {}): Promise<void> {
    const signal = checkSignal(checkObject('options', options, readyOptions).signal);
    const servers = checkWhole('servers', options.servers ?? 1, 1, 65_536);
    const timeoutMs = checkWhole('timeoutMs', options.timeoutMs ?? 5000, 1, timeoutMsMax);
    if (this.#driver.closed) throw new TransactionError('unsent', undefined, 'the client is closed');
    if (this.#driver.machine.available >= servers) return;
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
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
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
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
    const drainMs = checkWhole('drainMs', checkObject('options', options, closeOptions).drainMs ?? 0, 0, timeoutMsMax);
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected override listen(kinds: ReadonlyMap<string, unknown>): void {
    this.#driver.listen(kinds);
  }

  #begin(request: Uint8Array, options: TransactOptions, resolve: Resolve, stream: AnswerStream | undefined): void {
    if (options !== noOptions) checkObject('options', options, transactOptions);
    const { id } = options;
    const signal = checkSignal(options.signal);
    const timeoutMs =
      options.timeoutMs === undefined ? this.#timeoutMs : checkWhole('timeoutMs', options.timeoutMs, 1, timeoutMsMax);
    const order = this.#order;
    order.delivery = this.#delivery(options.delivery);
    order.sequence = id === undefined ? undefined : this.#sequence(id);
    order.inParts = stream !== undefined;
    if (!(request instanceof Uint8Array) || request.byteLength > this.#payloadLimitBytes) {
      throw new MisuseError('request', request, `it takes a Uint8Array of at most ${this.#payloadLimitBytes} bytes`);
    }
    this.#tally.began(request);
    if (this.#closing !== undefined) throw this.#refused('withdrawn', id, 'withdrawn: the client is closed');
    if (signal?.aborted) throw this.#refused('withdrawn', id);
    const now = monotonicMicros();
    order.deadline = now + timeoutMs * 1000;
    order.request = request;
    const slot = this.#driver.machine.transact(now, order);
    order.request = empty;
    if (slot === FULL) throw this.#refused('full', id);
    this.#resolves[slot] = resolve;
    if (stream !== undefined || signal !== undefined || id !== undefined) {
      this.#particulars.set(slot, { ...noParticulars, stream, signal, id });
      if (signal !== undefined) this.#signals.add(signal, slot);
      if (order.sequence !== undefined) this.#repeated.add(order.sequence);
    }
    this.#driver.given();
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
    const resolve = this.#resolves[slot];
    if (resolve === undefined) throw new Error(`slot ${slot} settled twice, as ${how}`);
    this.#resolves[slot] = undefined;
    const particulars = this.#particulars.size === 0 ? undefined : this.#particulars.get(slot);
    if (particulars !== undefined) this.#settleParticular(slot, particulars, resolve, how, body);
    else if (how === 'committed') {
      this.#tally.ended(how, body?.byteLength);
      resolve(body ?? empty);
    } else {
      this.#tally.ended(how);
      resolve(Promise.reject(this.#failure(slot, how, body)));
    }
  }

  #settleParticular(
    slot: Slot,
    { id, stream, signal, why, parts, partsBytes }: Particulars,
    resolve: Resolve,
    how: Settlement,
    body: Uint8Array | undefined,
  ): void {
    this.#particulars.delete(slot);
    if (id !== undefined) this.#repeated.delete(this.#driver.machine.sequenceOf(slot));
    if (signal !== undefined) this.#signals.remove(signal, slot);
    this.#tally.ended(why === undefined ? how : 'interrupted', body?.byteLength ?? partsBytes);
    if (how !== 'committed' || why !== undefined) {
      const error = why === undefined ? this.#failure(slot, how as FailureCode, body) : this.#interruption(slot, why);
      if (stream === undefined) resolve(Promise.reject(error));
      else stream.end(error);
    } else if (stream === undefined) resolve(body ?? joined(parts ?? []));
    else {
      if (body !== undefined) stream.push(body);
      stream.end();
    }
  }

  #failure(slot: Slot, code: FailureCode, body: Uint8Array | undefined): TransactionError {
    const id = this.#idOf(slot);
    if (code === 'rejected') return new TransactionError(code, id, decoder.decode(body));
    if (code !== 'unsent' && code !== 'deadline') return new TransactionError(code, id);
    return new TransactionError(code, id, `${code}: ${failures[code].sentence}${this.#because()}`);
  }

  #interruption(slot: Slot, why: string): TransactionError {
    return new TransactionError('interrupted', this.#idOf(slot), `interrupted: ${why}`);
  }

  #idOf(slot: Slot): TransactionId {
    return `${this.clientId}:${this.#driver.machine.sequenceOf(slot)}`;
  }

  /** What is wrong with endpoints that can't be used, where their handshakes told. */
  #because(): string {
    const { denials } = this.#driver;
    return denials === '' ? '' : ` (${denials})`;
  }

  #part(slot: Slot, body: Uint8Array, isFirst: boolean): void {
    if (this.#resolves[slot] === undefined) return;
    const particulars = this.#particularsOf(slot);
    if (particulars.why !== undefined) return;
    particulars.partsBytes = isFirst ? body.length : particulars.partsBytes + body.length;
    if (particulars.stream !== undefined) {
      if (!particulars.stream.push(body))
        this.#interrupt(slot, particulars, `over ${this.#streamBufferBytes} bytes wait unread`);
      return;
    }
    if (isFirst) particulars.parts = [];
    particulars.parts!.push(body);
    if (particulars.partsBytes > this.#payloadLimitBytes || particulars.parts!.length > partsMax) {
      this.#interrupt(slot, particulars, `more parts than ${this.#payloadLimitBytes} bytes: take them by stream()`);
    }
  }

  #particularsOf(slot: Slot): Particulars {
    const known = this.#particulars.get(slot);
    if (known !== undefined) return known;
    const made = { ...noParticulars };
    this.#particulars.set(slot, made);
    return made;
  }

  /** Its answer is more than we can hold. The machine is in the middle of an input, and is told once that is over. */
  #interrupt(slot: Slot, particulars: Particulars, why: string): void {
    particulars.why = why;
    queueMicrotask(() => {
      if (this.#particulars.get(slot) === particulars) this.#abandon(slot);
    });
  }

  /** The reader of a stream left before its end. */
  #leave(stream: AnswerStream): void {
    for (const [slot, particulars] of this.#particulars) if (particulars.stream === stream) this.#abandon(slot);
  }

  #turned(): void {
    // The first turn ends before the constructor does.
    const machine = this.#driver?.machine;
    if (machine === undefined) return;
    if (this.#ready.size > 0) {
      for (const waiting of this.#ready) if (machine.available >= waiting.servers) waiting.done();
    }
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
    for (const [slot, resolve] of this.#resolves.entries()) if (resolve !== undefined) yield slot;
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
    const [clientId, sequence, more] = String(id).split(':');
    const number = Number(sequence);
    const isWritten = String(number) === sequence && Number.isSafeInteger(number);
    const fits = clientId === this.clientId && more === undefined && isWritten && number > 0;
    if (!fits || number >= 2 ** 48) {
      throw new MisuseError('id', id, `it takes "${this.clientId}:" and a whole number from 1 to 281474976710655`);
    }
    if (this.#isPending(number)) throw new MisuseError('id', id, 'a transaction of that id is pending');
    return number;
  }

  #isPending(sequence: number): boolean {
    if (this.#repeated.has(sequence)) return true;
    if (sequence < this.#firstSequence) return false;
    const { machine } = this.#driver;
    return this.#resolves.some((resolve, slot) => resolve !== undefined && machine.sequenceOf(slot) === sequence);
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface Limits {
  readonly timeoutMs: number;
  readonly payloadLimitBytes: number;
  readonly streamBufferBytes: number;
}

const decoder = new TextDecoder();
const empty = new Uint8Array(0);
const noOptions: TransactOptions = Object.freeze({});
const transactOptions = ['id', 'timeoutMs', 'signal', 'delivery'] as const satisfies (keyof TransactOptions)[];
const readyOptions = ['servers', 'timeoutMs', 'signal'] as const satisfies (keyof ReadyOptions)[];
/** A stream's promise is its reader's. */
const nobody: Resolve = () => undefined;
/** Empty parts take memory too. */
const partsMax = 65_536;
const timeoutMsMax = 3_600_000;

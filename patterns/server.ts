/** The promise side of answering, written once for all patterns. */
import createDebug from 'debug';
import { monotonicMicros, ZeromqDriver } from './drivers/zeromq.ts';
import { Emitting } from './emitting.ts';
import { type BrokerEvents, brokerEventKinds, type ServerEvents, serverEventKinds } from './events.ts';
import type { BrokerMachine, Effects, IncomingRequest, Machine, Note, ServerMachine, Ticket } from './machine.ts';
import { checkObject, checkService, checkWhole, closeOptions, variantOf } from './names.ts';
import { noting, seedOf } from './noting.ts';
import { checkAdvertised, checkEndpoints, endpointsUnder } from './parts/endpoint.ts';
import { defaultService } from './parts/envelope.ts';
import { type Given, type Settings, withDefaults } from './parts/settings.ts';
import { listenerOf, type Pattern } from './pattern.ts';
import { type Curve, checkSecurity, type ListenerSecurity, type Security } from './security.ts';
import type { BrokerStats, ServerStats } from './stats.ts';
import {
  type Broker,
  type CloseOptions,
  type Handler,
  type HandlerContext,
  MisuseError,
  type Running,
  type Server,
} from './transaction.ts';

/** What `serve` takes: the pattern's own settings, each with its default and its limits, and these. */
export type ServeSettings<S extends Settings = Settings> = Given<S> & {
  /** Where to listen, in the patterns and variants whose servers do. */
  bind?: string | readonly string[];
  /**
   * The endpoint that clients connect to, where it differs from `bind`: behind a wildcard, NAT or a proxy. By default the
   * first of `bind`. It is the server's routing id, by which clients of other makes that are ROUTERs address it (10/FLP).
   */
  advertise?: string;
  /** What to connect to where servers don't listen: the brokers, or every endpoint of every client. */
  connect?: string | readonly string[];
  /** 1 to 255 printable ASCII characters; `default` by default. Requests for another are answered "not executed". */
  service?: string;
  /** How many requests are handled at once: 1 to 65 536, 1 by default. */
  concurrency?: number;
  /**
   * Keys for CURVE: those of a listener, `{ secretKey, clients }`, or of a caller, `{ serverKey, secretKey }`, where servers
   * call a broker. Without it nothing is encrypted, and anybody let in.
   */
  security?: Security;
  /** One of the pattern's variants; its first by default. */
  variant?: string;
  /** Is told everything the machine notes. Costs time; leave it away where nobody listens. */
  trace?: (note: Note) => void;
};

/** What `start` takes: the pattern's own settings, each with its default and its limits, and these. */
export type StartSettings<S extends Settings = Settings> = Given<S> & {
  /** Where to listen, for clients and servers alike. */
  bind: string | readonly string[];
  /** Keys for CURVE. Without it nothing is encrypted, and anybody let in. */
  security?: ListenerSecurity;
  /** One of the pattern's variants; its first by default. */
  variant?: string;
  /** Is told everything the machine notes. Costs time; leave it away where nobody listens. */
  trace?: (note: Note) => void;
};

/**
 * Serves a service with a handler. Resolves once it listens (or, where servers connect to brokers or clients, once it is trying to).
 * @throws {MisuseError} for an unknown or impossible setting, or an endpoint that can't be bound.
 */
export async function serve<S extends Settings>(
  pattern: Pattern<S>,
  settings: ServeSettings<S>,
  handler: Handler,
): Promise<Server> {
  const {
    bind,
    advertise,
    connect,
    service,
    concurrency,
    security,
    variant: variantName,
    trace,
    ...given
  } = checkObject('settings', settings);
  const [named, variant] = variantOf(pattern, variantName);
  if (typeof handler !== 'function') throw new MisuseError('handler', handler, 'it takes a function');
  const listens = listenerOf(pattern, variant) === 'server';
  const [wanted, unwanted] = listens ? (['bind', 'connect'] as const) : (['connect', 'bind'] as const);
  const who = `a server of ${pattern.name}/${named}`;
  const endpoints = endpointsUnder(wanted, unwanted, { bind, connect }, who);
  if (advertise !== undefined && !listens) throw new MisuseError('advertise', advertise, `${who} does not listen`);
  const setup = {
    bind: listens ? endpoints : [],
    ...(listens ? { advertise: advertise === undefined ? endpoints[0]! : checkAdvertised(advertise) } : {}),
    connect: listens ? [] : endpoints,
    service: checkService(service ?? defaultService),
    concurrency: checkWhole('concurrency', concurrency ?? 1, 1, 65_536),
    incarnation: crypto.getRandomValues(new Uint32Array(1))[0]!,
    settings: withDefaults(pattern.settings, given, variant.settings),
  };
  const debug = createDebug(`privateer:${pattern.name}:server:${setup.service}`);
  const { payloadLimitBytes } = setup.settings as unknown as { payloadLimitBytes: number };
  const make = (effects: Effects) => pattern.server(setup, effects);
  const curve = checkSecurity(security, listens ? 'listener' : 'caller', who);
  const server = new PatternServer(make, handler, payloadLimitBytes, noting(debug, trace), curve);
  await server.bound();
  return server;
}

/**
 * Starts a role that neither asks nor answers: a broker. Resolves once it listens.
 * @throws {MisuseError} for an unknown role or setting, or an endpoint that can't be bound.
 */
export async function start<S extends Settings>(
  pattern: Pattern<S>,
  role: 'broker',
  settings: StartSettings<S>,
): Promise<Broker> {
  const { bind, security, variant: variantName, trace, ...given } = checkObject('settings', settings);
  const [, variant] = variantOf(pattern, variantName);
  if (role !== 'broker' || pattern.broker === undefined) {
    throw new MisuseError('role', role, pattern.broker ? 'it takes "broker"' : `${pattern.name} has none to start`);
  }
  const setup = {
    bind: checkEndpoints('bind', bind),
    settings: withDefaults(pattern.settings, given, variant.settings),
  };
  const note = noting(createDebug(`privateer:${pattern.name}:broker:${setup.bind[0]}`), trace);
  const curve = checkSecurity(security, 'listener', `a broker of ${pattern.name}`);
  const broker = new PatternBroker((effects) => pattern.broker!(setup, effects), { note }, brokerEventKinds, curve);
  await broker.bound();
  return broker;
}

/** A machine that runs until it is closed. */
class PatternRole<M extends Machine, E> extends Emitting<E> implements Running {
  protected readonly driver: ZeromqDriver<M>;
  #closing: Promise<void> | undefined;
  #whenDrained: (() => void) | undefined;

  constructor(
    make: ConstructorParameters<typeof ZeromqDriver<M>>[0],
    facade: ConstructorParameters<typeof ZeromqDriver<M>>[1],
    kinds: readonly (keyof E & string)[],
    curve: Curve | undefined,
  ) {
    super(kinds);
    const turned = () => {
      if (this.driver?.machine.drained) this.#whenDrained?.();
    };
    const heard = (note: Note) => this.tell(note);
    this.driver = new ZeromqDriver<M>(make, { ...facade, turned, heard }, seedOf('role'), curve);
  }

  bound(): Promise<void> {
    return this.driver.bound();
  }

  close(options: CloseOptions = {}): Promise<void> {
    const drainMs = checkWhole('drainMs', checkObject('options', options, closeOptions).drainMs ?? 5000, 0, 3_600_000);
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected override listen(kinds: ReadonlyMap<string, unknown>): void {
    this.driver.listen(kinds);
  }

  async #close(drainMs: number): Promise<void> {
    const { machine } = this.driver;
    this.driver.input((draining, now) => draining.drain(now));
    if (!machine.drained && drainMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, drainMs);
        this.#whenDrained = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    // The last answers are still on their way. A client whose sockets are `immediate` loses what it has not yet read
    // when its connection ends, so the connection outlives them for a moment.
    if (drainMs > 0) await new Promise<void>((resolve) => setTimeout(resolve, lastWordsMs));
    this.driver.close(lingerMs);
  }
}

class PatternBroker extends PatternRole<BrokerMachine, BrokerEvents> implements Broker {
  stats(): BrokerStats {
    return { ...this.driver.machine.stats(), denied: this.driver.denied };
  }
}

class PatternServer extends PatternRole<ServerMachine, ServerEvents> implements Server {
  readonly #handler: Handler;
  readonly #payloadLimitBytes: number;
  #requestBytes = 0;
  #replyBytes = 0;

  constructor(
    make: ConstructorParameters<typeof ZeromqDriver<ServerMachine>>[0],
    handler: Handler,
    payloadLimitBytes: number,
    note: ((note: Note) => void) | undefined,
    curve: Curve | undefined,
  ) {
    super(make, { execute: (ticket, request) => this.#execute(ticket, request), note }, serverEventKinds, curve);
    this.#handler = handler;
    this.#payloadLimitBytes = payloadLimitBytes;
  }

  stats(): ServerStats {
    const bytes = { requestBytes: this.#requestBytes, replyBytes: this.#replyBytes };
    return { ...this.driver.machine.stats(), ...bytes, denied: this.driver.denied };
  }

  #execute(ticket: Ticket, request: IncomingRequest): void {
    const { machine } = this.driver;
    if (!machine.mayExecute(monotonicMicros(), ticket)) {
      this.driver.given();
      return;
    }
    this.#requestBytes += request.body.byteLength;
    const context = new Context(request, machine, ticket);
    try {
      const reply = this.#handler(request.body, context);
      if (reply instanceof Uint8Array) this.#done(ticket, context, reply);
      else if (reply instanceof Promise)
        reply.then(
          (bytes) => this.#done(ticket, context, bytes),
          (error) => this.#threw(ticket, context, error),
        );
      else if (isParts(reply)) void this.#sendParts(ticket, context, reply);
      else this.#done(ticket, context, reply);
    } catch (error) {
      this.#threw(ticket, context, error);
    }
  }

  #done(ticket: Ticket, context: Context, reply: Uint8Array): void {
    const objection = this.#objection(reply);
    if (objection === undefined) this.#end(ticket, context, 'committed', reply);
    else this.#threw(ticket, context, objection);
  }

  /** Parts leave as they are made. Nobody waits for more of them after the deadline: the handler is told by its `return`. */
  async #sendParts(ticket: Ticket, context: Context, parts: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const part of parts) {
        const objection = this.#objection(part);
        if (objection !== undefined) throw objection;
        if (this.driver.closed || context.toldNo) break;
        if (context.remainingMs === 0) throw new Error('the deadline passed before its answer was whole');
        this.#replyBytes += part.byteLength;
        this.driver.input((machine, now) => machine.part(now, ticket, part));
        await this.#uncongested(context);
      }
      this.#end(ticket, context, 'ended', empty);
    } catch (error) {
      this.#threw(ticket, context, error);
    }
  }

  /** Resolves once there is room for another part, or nobody wants one. */
  async #uncongested(context: Context): Promise<void> {
    while (!this.driver.closed && this.driver.machine.congested && context.remainingMs > 0) {
      await new Promise((resolve) => setTimeout(resolve, congestedMs));
    }
  }

  #objection(reply: Uint8Array): Error | undefined {
    if (!(reply instanceof Uint8Array)) return new TypeError('the handler did not return a Uint8Array');
    // A larger one would cost the client its connection, and every other transaction on it an attempt.
    if (reply.byteLength <= this.#payloadLimitBytes) return undefined;
    return new RangeError(
      `the handler returned ${reply.byteLength} bytes; at most ${this.#payloadLimitBytes} are allowed`,
    );
  }

  #threw(ticket: Ticket, context: Context, error: unknown): void {
    const message = encoder.encode(wordsOf(error));
    this.#end(ticket, context, 'rejected', message.subarray(0, this.#payloadLimitBytes));
  }

  /** What a handler that was told not to commit returns or throws is no answer: it did not execute. */
  #end(ticket: Ticket, context: Context, status: 'committed' | 'ended' | 'rejected', reply: Uint8Array): void {
    context.end();
    if (this.driver.closed) return;
    const told = context.toldNo ? 'not-executed' : status;
    if (told === 'committed') this.#replyBytes += reply.byteLength;
    this.driver.machine.executed(monotonicMicros(), ticket, told, reply);
    this.driver.given();
  }
}

/** One object a request, with what costs something made on first use. */
class Context implements HandlerContext {
  readonly #request: IncomingRequest;
  readonly #machine: ServerMachine;
  readonly #ticket: Ticket;
  #abort: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  toldNo = false;

  constructor(request: IncomingRequest, machine: ServerMachine, ticket: Ticket) {
    this.#request = request;
    this.#machine = machine;
    this.#ticket = ticket;
  }

  get id(): string {
    return `${this.#request.client}:${this.#request.sequence}`;
  }

  get client(): string {
    return this.#request.client;
  }

  get service(): string {
    return this.#request.service;
  }

  get attempt(): number {
    return this.#request.attempt;
  }

  get remainingMs(): number {
    return Math.max(0, (this.#request.deadline - monotonicMicros()) / 1000);
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      this.#timer = setTimeout(() => abort.abort(), Math.min(this.remainingMs, 2 ** 31 - 1));
      this.#timer.unref();
    }
    return this.#abort.signal;
  }

  mayCommit(): boolean {
    const may = this.#machine.mayCommit(monotonicMicros(), this.#ticket);
    if (!may) this.toldNo = true;
    return may;
  }

  end(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
  }
}

/** Anything can be thrown: also what can't be put into words. */
function wordsOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return 'the handler threw something without words';
  }
}

function isParts(reply: unknown): reply is AsyncIterable<Uint8Array> {
  return typeof reply === 'object' && reply !== null && Symbol.asyncIterator in reply;
}

const encoder = new TextEncoder();
const empty = new Uint8Array(0);
const congestedMs = 2;
const lastWordsMs = 50;
const lingerMs = 250;

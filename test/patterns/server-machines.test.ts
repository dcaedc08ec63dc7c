/** The laws of servers' machines: whatever comes in, each request is answered once, by the road it came, and truly. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Frames, IncomingRequest, Micros, ServerMachine, SocketId, Ticket } from '../../patterns/machine.ts';
import { encodeTerms, readTerms } from '../../patterns/majordomo/credit.ts';
import type { Mdp } from '../../patterns/majordomo/mdp.ts';
import { mdpOf, readAtBroker, toBroker } from '../../patterns/majordomo/wire.ts';
import { ascii } from '../../patterns/parts/bytes.ts';
import { type Envelope, emptyEnvelope, encode, isEnvelope, Kind, read } from '../../patterns/parts/envelope.ts';
import type { Settings } from '../../patterns/parts/settings.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { patterns } from './all-patterns.ts';
import { RecordingEffects } from './recording-effects.ts';

interface Request {
  readonly sequence: number;
  readonly service: string;
  /** What stands before the body of the message it came in, by which its answer must go. */
  readonly road: string;
  readonly draining: boolean;
  /** Whether its connection stood until now: only then can an answer be asked for. */
  lost: boolean;
  began: boolean;
  status: keyof typeof kinds | undefined;
  answers: Kind[];
}

const kinds = { committed: Kind.reply, rejected: Kind.rejected, 'not-executed': Kind.notExecuted } as const;
/** A pattern, and where it has a broker, which MDP is spoken with one of whose make. */
interface Case {
  readonly name: string;
  readonly pattern: AnyPattern;
  readonly mdp?: Mdp;
  readonly brokerIsOurs?: boolean;
}

const cases: Case[] = patterns.flatMap((pattern): Case[] => {
  if (pattern.topology === 'servers') return [{ name: pattern.name, pattern }];
  return (['0.1', '0.2'] as const).flatMap((version) =>
    [true, false].map((brokerIsOurs) => {
      const name = `${pattern.name} ${version} with a broker of ${brokerIsOurs ? 'our' : 'another'} make`;
      return { name, pattern, mdp: mdpOf(version), brokerIsOurs };
    }),
  );
});

/** A worker's connection, as its broker sees it. */
interface Connection {
  requests: number;
  replies: number;
  readies: number;
  /** Whether it was told our terms, and the credit it is to be told next. */
  hasTerms: boolean;
  owes: number | undefined;
}

const service = 'apples';
const concurrency = 3;
/** Turns are never as far apart while heartbeats are due, unless the process stands still. */
const standstill: Micros = 300_000;

class ServerLaws {
  now: Micros = 5_000_000;
  readonly effects = new RecordingEffects();
  readonly machine: ServerMachine;
  readonly #broker: boolean;
  readonly #case: Case;
  readonly #requests = new Map<number, Request>();
  readonly #running = new Map<Ticket, IncomingRequest>();
  /** Majordomo: whose connection stands, and how many requests and replies there were on it. */
  readonly #up = new Map<SocketId, Connection>();
  /** Requests of other makes that were executed, and bare answers. */
  #plainDone = 0;
  #plainAnswers = 0;
  #sequence = 0;
  #sent = 0;
  #begun = 0;
  #draining = false;
  #lastTurn: Micros = this.now;
  #stood: Micros = 0;

  /** Where envelopes need nothing before them, and bodies of other makes a control frame. */
  readonly #flp: boolean;
  /** What stands between a peer's routing id and the body of its request. */
  readonly #between: Frames;

  constructor(given: Case) {
    const { pattern, mdp } = given;
    this.#case = given;
    this.#broker = pattern.topology === 'broker';
    this.#flp = pattern.name === 'freelance';
    this.#between = this.#flp ? [Uint8Array.of(1, 2)] : [Uint8Array.of(3), new Uint8Array(0)];
    const spoken = mdp === undefined ? {} : { mdp: mdp.version };
    const settings = withDefaults<Settings>(pattern.settings, { queueLimit: 6, ...spoken });
    const endpoints = ['tcp://a:1', 'tcp://b:1'];
    const [bind, connect] = this.#broker ? [[], endpoints] : [endpoints, []];
    this.machine = pattern.server({ bind, connect, service, concurrency, incarnation: 7, settings }, this.effects);
    this.turn();
  }

  /** The sockets that are open. */
  get sockets(): SocketId[] {
    return [...this.effects.specs.keys()].filter((socket) => !this.effects.closed.has(socket));
  }

  link(which: number, up: boolean): void {
    const socket = this.#socket(which);
    if (socket === undefined || up === this.#up.has(socket)) return;
    if (up) this.#up.set(socket, { requests: 0, replies: 0, readies: 0, hasTerms: false, owes: undefined });
    else this.#hangUp(socket);
    this.machine.linked(this.now, socket, 'tcp://a:1', up, up ? 'handshake' : 'disconnect');
    this.#look();
  }

  /** A message of so many requests, from one of some clients. */
  request(which: number, client: number, batch: readonly { wrong: boolean; remaining: number; kind: Kind }[]): void {
    const socket = this.#socket(which);
    if (socket === undefined || !this.#mayAsk(socket)) return;
    const isBare = this.#flp && client % 2 === 1;
    const address = [Uint8Array.of(client, 1), ...(isBare ? [] : this.#between)];
    const road = this.#broker ? `${socket}:${client}` : `${socket}:${address}`;
    const parts = batch.map(({ wrong, remaining, kind }) => {
      const sequence = ++this.#sequence;
      const asked = { sequence, service: wrong ? 'pears' : service, road };
      if (kind === Kind.request)
        this.#requests.set(sequence, {
          ...asked,
          draining: this.#draining,
          lost: false,
          began: false,
          status: undefined,
          answers: [],
        });
      const payload = Uint8Array.of(sequence & 0xff);
      return encode({ ...emptyEnvelope(), kind, client: 'shop', sequence, service: asked.service, remaining, payload });
    });
    const body = Buffer.concat(parts);
    if (this.#broker) this.#fromBroker(socket, client, [body]);
    else this.receive(which, [...address, body]);
  }

  plain(which: number, client: number, body: Uint8Array): void {
    if (isEnvelope(body)) return;
    const socket = this.#socket(which);
    if (socket === undefined || !this.#mayAsk(socket)) return;
    if (this.#broker) this.#fromBroker(socket, client, [body]);
    else this.receive(which, [Uint8Array.of(client), ...this.#between, body]);
  }

  receive(which: number, frames: Frames): void {
    const socket = this.#socket(which);
    if (socket === undefined) return;
    this.machine.received(this.now, socket, frames);
    this.#look();
  }

  command(which: number, command: number): void {
    const { fromBroker } = this.#case.mdp!;
    this.receive(which, (command % 3 === 0 ? fromBroker.disconnect(nobody) : fromBroker.heartbeat(nobody)).slice(1));
  }

  /** A handler is done. */
  finish(which: number, status: keyof typeof kinds): void {
    const ticket = [...this.#running.keys()][which % Math.max(1, this.#running.size)];
    if (ticket === undefined) return;
    const { sequence, client } = this.#running.get(ticket)!;
    this.#running.delete(ticket);
    const request = client === 'shop' ? this.#requests.get(sequence) : undefined;
    if (request !== undefined) request.status = status;
    if (client === 'plain' && status !== 'not-executed') this.#plainDone++;
    this.machine.mayCommit(this.now, ticket);
    this.machine.executed(this.now, ticket, status, Uint8Array.of(sequence & 0xff));
    this.#look();
  }

  drain(): void {
    this.#draining = true;
    this.machine.drain(this.now);
    this.#look();
  }

  /** A broker of our make answers READY with its terms, and says so when it knows that there is no more credit. */
  terms(): void {
    for (const [socket, connection] of this.#up) {
      const { owes } = connection;
      if (owes === undefined) continue;
      connection.owes = undefined;
      connection.hasTerms = true;
      const terms = encodeTerms({ credit: owes, interval: 100_000, timeout: 500_000 });
      this.machine.received(this.now, socket, this.#case.mdp!.fromBroker.heartbeat(nobody, terms).slice(1));
      this.#look();
    }
  }

  turn(): void {
    this.#stood = this.#longestStandstill();
    this.#lastTurn = this.now;
    if (this.machine.deadline <= this.now) this.machine.expired(this.now);
    this.machine.flush(this.now);
    expect(this.machine.deadline).toBeGreaterThan(this.now);
    this.#look();
    if (this.machine.drained) expect(this.#running.size).toBe(0);
    this.#checkFigures();
  }

  /** Every request is in one of its figures, and every handler. */
  #checkFigures(): void {
    const { requests, executions, committed, rejected, duplicates, refusals, owed, running } = this.machine.stats();
    const refused = Object.values(refusals).reduce((all, figure) => all + figure, 0);
    expect(committed + rejected + duplicates + refused + owed).toBe(requests);
    expect(committed + rejected + refusals.uncommitted + running).toBe(executions);
    expect(running).toBe(this.#running.size);
  }

  /** All that is begun ends: then nobody waits for an answer, and the server has drained. */
  end(): void {
    this.turn();
    this.drain();
    for (let turns = 0; !this.machine.drained; turns++) {
      expect(turns).toBeLessThan(1000);
      this.finish(0, 'committed');
      this.terms();
      this.turn();
    }
    this.turn();
    for (const { answers, lost } of this.#requests.values()) {
      if (lost) expect(answers.length).toBeLessThanOrEqual(1);
      else expect(answers).toHaveLength(1);
    }
    // A worker answers a batch that was no request at all, and loses answers with its connection.
    if (!this.#broker) expect(this.#plainAnswers).toBe(this.#plainDone);
  }

  #socket(which: number): SocketId | undefined {
    return this.sockets[which % Math.max(1, this.sockets.length)];
  }

  /** A broker asks only those who said READY. */
  #mayAsk(socket: SocketId): boolean {
    if (!this.#broker) return true;
    const up = this.#up.get(socket);
    if (up?.readies !== 1) return false;
    // One of our make tells its terms first, and keeps to the credit.
    return !this.#case.brokerIsOurs || (up.hasTerms && up.requests - up.replies < concurrency);
  }

  #fromBroker(socket: SocketId, client: number, body: Frames): void {
    this.#up.get(socket)!.requests++;
    const { fromBroker } = this.#case.mdp!;
    this.machine.received(this.now, socket, fromBroker.request(nobody, Uint8Array.of(client), body).slice(1));
    this.#look();
  }

  #longestStandstill(): Micros {
    return Math.max(this.#stood, this.now - this.#lastTurn);
  }

  #hangUp(socket: SocketId): void {
    this.#up.delete(socket);
    for (const request of this.#requests.values()) {
      if (request.road.startsWith(`${socket}:`) && request.answers.length === 0) request.lost = true;
    }
  }

  #look(): void {
    for (const socket of this.effects.closed) if (this.#up.has(socket)) this.#hangUp(socket);
    for (; this.#sent < this.effects.sent.length; this.#sent++) this.#answered(this.effects.sent[this.#sent]!);
    while (this.#begun < this.effects.executions.length) {
      const { ticket, request } = this.effects.executions[this.#begun++]!;
      this.#execute(ticket, request);
    }
  }

  /** As the server's façade does it: it asks first, with a fresh clock. */
  #execute(ticket: Ticket, incoming: IncomingRequest): void {
    expect(this.#running.has(ticket)).toBe(false);
    this.now += 3;
    if (!this.machine.mayExecute(this.now, ticket)) {
      // Before its deadline only where a lease lapsed: with its connection, or while this process stood still.
      const isLost = incoming.client !== 'shop' || this.#requests.get(incoming.sequence)?.lost;
      if (this.now < incoming.deadline && !isLost) expect(this.#longestStandstill()).toBeGreaterThan(standstill);
      expect(this.machine.mayExecute(this.now, ticket)).toBe(false);
      this.#look();
      return;
    }
    expect(this.now).toBeLessThan(incoming.deadline);
    expect(incoming.service).toBe(service);
    this.#running.set(ticket, incoming);
    expect(this.#running.size).toBeLessThanOrEqual(concurrency);
    const request = incoming.client === 'shop' ? this.#requests.get(incoming.sequence) : undefined;
    if (request === undefined) return;
    expect({ began: request.began, service: request.service, draining: request.draining }).toEqual({
      began: false,
      service,
      draining: false,
    });
    request.began = true;
  }

  #answered({ socket, frames }: RecordingEffects['sent'][number]): void {
    expect(this.effects.closed.has(socket)).toBe(false);
    const road = this.#broker ? this.#workerSaid(socket, frames) : `${socket}:${frames.slice(0, -1)}`;
    if (road === undefined) return;
    const body = frames.at(-1)!;
    if (!isEnvelope(body) && frames.length > 2) this.#plainAnswers++;
    for (let offset = 0; offset < body.length; ) {
      const envelope: Envelope = emptyEnvelope();
      offset = read(body, offset, envelope);
      if (offset < 0) return;
      if (envelope.kind === Kind.pong) continue;
      const request = this.#requests.get(envelope.sequence);
      if (request === undefined || envelope.client !== 'shop') continue;
      expect(road).toBe(request.road);
      request.answers.push(envelope.kind);
      expect(request.answers).toHaveLength(1);
      expect(envelope.kind).toBe(request.status === undefined ? Kind.notExecuted : kinds[request.status]);
      if (request.status === undefined) expect(request.began).toBe(false);
    }
  }

  /** What MDP lets a worker say: READY first and once, one reply to a request after any parts, and nothing after DISCONNECT. */
  #workerSaid(socket: SocketId, frames: Frames): string | undefined {
    const up = this.#up.get(socket)!;
    expect(up, 'it said something over a connection that is not up').toBeDefined();
    const said = toBroker();
    readAtBroker([nobody, ...frames], said);
    expect(said.mdp).toBe(this.#case.mdp);
    if (said.kind === 'ready') {
      expect(said.service).toEqual(ascii(service));
      expect(++up.readies).toBe(1);
      if (this.#case.brokerIsOurs) up.owes = concurrency;
      return undefined;
    }
    if (said.kind === 'disconnect') {
      this.#hangUp(socket);
      return undefined;
    }
    expect(up.readies).toBe(1);
    if (said.kind === 'heartbeat') {
      if (said.extra === undefined) return undefined;
      expect([this.#case.brokerIsOurs, readTerms(said.extra)?.credit]).toEqual([true, 0]);
      up.owes = 0;
      return undefined;
    }
    const road = `${socket}:${said.address[0]}`;
    if (said.kind === 'partial') {
      expect(this.#case.brokerIsOurs && said.mdp.hasParts, 'only a broker of ours gets a batch in parts').toBe(true);
      return road;
    }
    expect(said.kind).toBe('final');
    expect(++up.replies).toBeLessThanOrEqual(up.requests);
    return road;
  }
}

const nobody = new Uint8Array(0);
const which = fc.nat(9);
const client = fc.nat(3);
const some = fc.uint8Array({ maxLength: 90 });
const parts = fc.record({
  wrong: fc.boolean().map((heads) => heads && false),
  remaining: fc.oneof(fc.constant(5_000_000), fc.nat(50_000)),
  kind: fc.constantFrom(Kind.request, Kind.request, Kind.request, Kind.ping, Kind.reply),
});
const oddPart = fc.record({
  wrong: fc.boolean(),
  remaining: fc.nat(100_000),
  kind: fc.constantFrom(...Object.values(Kind)),
});
const batch = fc.array(fc.oneof({ weight: 4, arbitrary: parts }, { weight: 1, arbitrary: oddPart }), { maxLength: 4 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('request' as const), which, client, batch }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('plain' as const), which, client, body: some }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('junk' as const), which, frames: fc.array(some, { maxLength: 12 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('link' as const), which, up: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('command' as const), which, command: fc.nat(7) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('finish' as const),
      which,
      status: fc.constantFrom('committed' as const, 'rejected' as const, 'not-executed' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      us: fc.oneof(fc.nat(100), fc.nat(60_000), fc.nat(800_000)),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('terms' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe.each(cases)('$name', (one) => {
  test('answers each request once, by the road it came, and truly, whatever else comes in', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
        const laws = new ServerLaws(one);
        for (const socket of laws.sockets.keys()) if (one.mdp !== undefined) laws.link(socket, true);
        laws.turn();
        for (const step of steps) take(laws, one, step);
        laws.end();
      }),
      { numRuns: one.mdp === undefined ? 400 : 250 },
    );
  });
});

test.each(cases.filter(({ mdp }) => mdp !== undefined))(
  '$name: a process that stands still right after a connection came up registers when it goes on',
  (one) => {
    const laws = new ServerLaws(one);
    laws.link(0, true);
    laws.now += 5_000_000;
    laws.turn();
    const said = (): string[] =>
      laws.effects.sent.map(({ frames }) => {
        const message = toBroker();
        readAtBroker([nobody, ...frames], message);
        return message.kind;
      });
    for (let turns = 0; !said().includes('ready'); turns++) {
      expect(turns).toBeLessThan(20);
      for (const which of laws.sockets.keys()) laws.link(which, true);
      laws.turn();
      if (Number.isFinite(laws.machine.deadline)) laws.now = laws.machine.deadline;
      laws.turn();
    }
    expect(said()[0]).toBe('ready');
  },
);

function take(laws: ServerLaws, { mdp }: Case, step: Step): void {
  if (step.do === 'request') laws.request(step.which, step.client, step.batch);
  else if (step.do === 'plain') laws.plain(step.which, step.client, step.body);
  else if (step.do === 'junk') laws.receive(step.which, step.frames);
  else if (step.do === 'command' && mdp !== undefined) laws.command(step.which, step.command);
  else if (step.do === 'terms') laws.terms();
  else if (step.do === 'link' && mdp !== undefined) laws.link(step.which, step.up);
  else if (step.do === 'finish') laws.finish(step.which, step.status);
  else if (step.do === 'pass') laws.now += step.us;
  else if (step.do === 'turn') laws.turn();
}

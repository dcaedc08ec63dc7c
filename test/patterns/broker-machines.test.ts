/** The laws of Majordomo's broker: whoever says what, workers get what they may, and clients are told the truth. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BrokerMachine, Frames, Micros } from '../../patterns/machine.ts';
import { encodeTerms, workerId } from '../../patterns/majordomo/credit.ts';
import type { Mdp, ToWorker } from '../../patterns/majordomo/mdp.ts';
import * as first from '../../patterns/majordomo/mdp-01.ts';
import * as second from '../../patterns/majordomo/mdp-02.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { farewell } from '../../patterns/majordomo/wire.ts';
import { ascii, keyOf } from '../../patterns/parts/bytes.ts';
import { emptyEnvelope, encode, isEnvelope, Kind, read } from '../../patterns/parts/envelope.ts';
import { drainingReason } from '../../patterns/parts/reasons.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import type { Delivery } from '../../patterns/transaction.ts';
import { RecordingEffects } from './recording-effects.ts';

interface Request {
  readonly client: number;
  readonly service: string;
  readonly delivery: Delivery;
  readonly plain: boolean;
  dispatches: number;
  /** Of those, the ones that never were an attempt: they came back, or their worker gave them back. */
  untaken: number;
  replies: number;
  refusals: number;
  /** Parts of its answer that its client has not seen. */
  parts: Uint8Array[];
  /** Whether the worker that has it has answered in part. */
  isAnswered: boolean;
}

interface Worker {
  service: string;
  credit: number;
  /** The requests that it has not answered, by the address that they came with. */
  held: Map<string, number>;
  heard: Micros;
}

const empty = new Uint8Array(0);
const firstWorker = 10;
const firstOfOurs = 14;
const firstStranger = 20;
const ourCredit = 3;
const services = ['apples', 'pears'];
const queueLimit = 4;
const ourTimeout: Micros = majordomo.settings.heartbeatTimeoutMs.default * 1000;
const plainTimeout: Micros = 1_000_000;

class BrokerLaws {
  now: Micros = 5_000_000;
  readonly effects = new RecordingEffects();
  readonly machine: BrokerMachine;
  readonly #requests = new Map<number, Request>();
  /** Workers as MDP has them: registered by READY, until either side says DISCONNECT or the connection ends. */
  readonly #workers = new Map<number, Worker>();
  #sequence = 0;
  #sent = 0;
  /** The answer that a worker has just given, and the client it is for. */
  #passingOn: { readonly client: number; readonly bodies: Frames; readonly isFinal: boolean } | undefined;
  readonly #unreported: number[] = [];

  constructor() {
    const plain = { plainHeartbeatIntervalMs: 300, plainHeartbeatTimeoutMs: plainTimeout / 1000 };
    const settings = withDefaults(majordomo.settings, { queueLimit, servicesLimit: 200, ...plain });
    this.machine = majordomo.broker!({ bind: ['tcp://*:1'], settings }, this.effects);
    this.turn();
  }

  request(client: number, service: string, delivery: Delivery, remaining: Micros, plain: boolean): void {
    const sequence = ++this.#sequence;
    const payload = Uint8Array.of(sequence & 0xff, sequence >> 8);
    const envelope = { ...emptyEnvelope(), client: `c${client}`, sequence, service, delivery, remaining, payload };
    const given = { client, service, plain, delivery: plain ? ('at-most-once' as const) : delivery };
    this.#requests.set(sequence, {
      ...given,
      dispatches: 0,
      untaken: 0,
      replies: 0,
      refusals: 0,
      parts: [],
      isAnswered: false,
    });
    const body = plain ? plainBody(sequence) : encode(envelope);
    this.#receive(client, mdpOf(client).fromClient.request(ascii(service), [body]));
  }

  ready(worker: number, service: string): void {
    const known = this.#workers.get(worker);
    const credit = worker >= firstOfOurs ? ourCredit : 1;
    const fresh: Worker = { service, credit, held: new Map(), heard: this.now };
    // One of ours says it once: a link that delivers it twice does no harm.
    const isRepeat = known !== undefined && worker >= firstOfOurs;
    if (isRepeat && this.#mayBeForgotten(worker, known)) return;
    if (!isRepeat) this.#workers.set(worker, fresh);
    this.#receive(worker, mdpOf(worker).fromWorker.ready(ascii(service)));
    if (isRepeat) {
      expect(this.#workers.get(worker)).toBe(known);
      return;
    }
    if (known !== undefined && !this.#mayBeForgotten(worker, known)) expect(this.#workers.has(worker)).toBe(false);
    if (known === undefined) expect(this.#workers.get(worker)).toBe(fresh);
  }

  /** A worker answers something that it has, in part or in full, or (if it lies) something else. */
  reply(worker: number, which: number, kind: Kind, liesAbout: number | undefined, isFinal: boolean): void {
    const known = this.#workers.get(worker);
    const held = [...(known?.held ?? [])];
    const [at, sequence] = held[which % Math.max(1, held.length)] ?? [keyOf(address(0)), 0];
    const request = this.#requests.get(sequence);
    const isLie = liesAbout !== undefined && keyOf(address(liesAbout)) !== at;
    const isTrue = request !== undefined && !isLie;
    const { hasParts, fromWorker } = mdpOf(worker);
    const isLast = isFinal || !hasParts;
    const partial = { ...emptyEnvelope(), kind: isLast ? kind : Kind.partial, client: `c${request?.client}`, sequence };
    const body = encode(partial);
    // Of a request of another make a worker of ours says so that it did not execute it; its client hears nothing.
    const isUntold = request?.plain && isLast && kind === Kind.notExecuted && worker >= firstOfOurs;
    if (isTrue) this.#answers(known!, at, request, body, isLast);
    if (isUntold) this.#passingOn = undefined;
    const to = isLie ? address(liesAbout) : ascii(at);
    this.#receive(worker, isLast ? fromWorker.final(to, [body]) : fromWorker.partial(to, [body]));
    // What one of ours says of a request that it does not have, it says for the second time.
    const isForgiven = worker >= firstOfOurs && known !== undefined;
    if (!isTrue && !isForgiven) expect(this.#workers.has(worker)).toBe(false);
    else if (!isTrue && !this.#mayBeForgotten(worker, known!)) expect(this.#workers.get(worker)).toBe(known);
    if (this.#passingOn === undefined) {
      if (isTrue && this.#workers.get(worker) === known) known!.heard = this.now;
      return;
    }
    expect(this.#mayBeForgotten(worker, known!)).toBe(true);
    this.#passingOn = undefined;
    if (isLast) request!.replies--;
  }

  /** A worker of ours that leaves gives back what it has been given just now: never what it has begun to answer. */
  giveBack(worker: number, which: number): void {
    const known = this.#workers.get(worker);
    if (known === undefined || worker < firstOfOurs || known.held.size === 0) return;
    const [at, sequence] = [...known.held][which % known.held.size]!;
    const request = this.#requests.get(sequence)!;
    if (request.isAnswered) return;
    const kind = Kind.notExecuted;
    const attempt = request.dispatches - request.untaken;
    const given = {
      ...emptyEnvelope(),
      kind,
      client: `c${request.client}`,
      sequence,
      attempt,
      payload: drainingReason,
    };
    const wasForgettable = this.#mayBeForgotten(worker, known);
    known.held.delete(at);
    known.credit = 0;
    known.heard = this.now;
    request.untaken++;
    request.parts = [];
    this.#receive(worker, mdpOf(worker).fromWorker.final(ascii(at), [encode(given)]));
    if (this.#workers.get(worker) === known) return;
    // What a stranger gives back may have been executed, for all that the broker knows.
    expect(wasForgettable).toBe(true);
    request.untaken--;
  }

  heartbeat(worker: number): void {
    const known = this.#workers.get(worker);
    if (known !== undefined && !this.#mayBeForgotten(worker, known)) known.heard = this.now;
    this.#receive(worker, mdpOf(worker).fromWorker.heartbeat());
  }

  credit(worker: number, credit: number): void {
    const known = this.#workers.get(worker);
    const terms = encodeTerms({ credit, interval: 0, timeout: 0 });
    const before = this.effects.sent.length;
    this.#receive(worker, mdpOf(worker).fromWorker.heartbeat(terms));
    if (worker < firstOfOurs) expect(this.#workers.has(worker)).toBe(false);
    if (!this.#workers.has(worker)) return;
    expect(this.effects.sent[before]!.frames.at(-1)!.slice(0, 3)).toEqual(ascii('PVB'));
    known!.heard = this.now;
    known!.credit = credit;
  }

  leave(who: number, politely: boolean): void {
    this.#workers.delete(who);
    if (politely) this.#receive(who, mdpOf(who).fromWorker.disconnect());
    else this.#receive(who, [farewell]);
  }

  mmi(client: number, name: string, service: string): void {
    const before = this.effects.sent.length;
    this.#receive(client, mdpOf(client).fromClient.request(ascii(name), [ascii(service)]));
    if (this.#workers.has(client)) return;
    const status = String.fromCharCode(...this.effects.sent[before]!.frames.at(-1)!);
    expect(['200', '404', '501']).toContain(status);
    const workers = [...this.#workers.values()].filter((worker) => worker.service === service).length;
    if (status === '200') expect(workers).toBeGreaterThan(0);
  }

  junk(sender: number, frames: Frames): void {
    this.#receive(sender, frames);
  }

  /** The last request that left for a worker comes back: it never got there. */
  unsent(isGone: boolean): void {
    const index = this.#unreported.pop();
    if (index === undefined) return;
    const { socket, frames, token } = this.effects.sent[index]!;
    const who = whoIs(frames[0]!);
    const worker = this.#workers.get(who);
    const told = mdpOf(who).readAtWorker(frames.slice(1)) as ToWorker & { kind: 'request' };
    const sequence = worker?.held.get(keyOf(told.address));
    if (sequence === undefined || sequence !== sequenceIn(frames)) return;
    this.#requests.get(sequence)!.untaken++;
    worker!.held.delete(keyOf(told.address));
    if (isGone) this.#workers.delete(who);
    this.machine.unsent(this.now, socket, token!, isGone ? 'unreachable' : 'full');
    this.#look();
  }

  turn(): void {
    // A driver gives back what was not taken before the next turn.
    this.#unreported.length = 0;
    if (this.machine.deadline <= this.now) this.machine.expired(this.now);
    this.#look();
    this.machine.flush(this.now);
    this.#look();
    expect(this.machine.deadline).toBeGreaterThan(this.now);
    const { waiting, handed, services: known, workers, ...counters } = this.machine.stats();
    if (waiting === 0 && workers === 0) expect([known, handed]).toEqual([0, 0]);
    // Every request is in one of its figures, and every worker.
    const { requests, answers, abandoned, duplicates, refusals, workersUp, workersLost } = counters;
    const refused = Object.values(refusals).reduce((all, figure) => all + figure, 0);
    expect(answers + abandoned + duplicates + refused + waiting + handed).toBe(requests);
    expect(workersUp - workersLost).toBe(workers);
  }

  /** It takes no more; once all workers are silent and all deadlines over, nothing is left. */
  end(): void {
    this.machine.drain(this.now);
    this.#look();
    this.turn();
    for (let turns = 0; !this.machine.drained; turns++) {
      expect(turns).toBeLessThan(4000);
      this.now = this.machine.deadline;
      this.turn();
    }
    expect(this.machine.stats()).toMatchObject({ workers: 0, handed: 0, waiting: 0, waitingBytes: 0 });
    for (const { replies, refusals } of this.#requests.values()) expect(replies + refusals).toBeLessThanOrEqual(1);
  }

  #answers(worker: Worker, at: string, request: Request, body: Uint8Array, isFinal: boolean): void {
    const { client } = request;
    const seesParts = mdpOf(client).hasParts;
    if (isFinal) {
      worker.held.delete(at);
      request.replies++;
    } else request.isAnswered = true;
    if (!isFinal && !seesParts) request.parts.push(body);
    else this.#passingOn = { client, bodies: seesParts ? [body] : [...request.parts, body], isFinal };
  }

  /** Whoever is silent for so long is, at the next sweep, a worker no more; it is not told. */
  #mayBeForgotten(who: number, { heard }: Worker): boolean {
    return this.now - heard >= (who >= firstOfOurs ? ourTimeout : plainTimeout);
  }

  #receive(sender: number, frames: Frames): void {
    this.machine.received(this.now, 0, [address(sender), ...frames]);
    this.#look();
  }

  #look(): void {
    for (; this.#sent < this.effects.sent.length; this.#sent++) {
      const { frames } = this.effects.sent[this.#sent]!;
      const to = whoIs(frames[0]!);
      if (to >= firstStranger) continue;
      expect(frames[1]!.length === 0, 'each is spoken to as it speaks').toBe(mdpOf(to).version === '0.1');
      const told = mdpOf(to).readAtWorker(frames.slice(1));
      if (told.kind === 'malformed') this.#toClient(to, frames);
      else this.#toWorker(to, told, frames);
    }
  }

  #toWorker(to: number, told: ToWorker, frames: Frames): void {
    if (told.kind === 'disconnect') {
      this.#workers.delete(to);
      return;
    }
    const worker = this.#workers.get(to)!;
    expect(worker, 'only a worker is told anything as one').toBeDefined();
    if (told.kind === 'heartbeat') {
      if (told.extra !== undefined) expect(to).toBeGreaterThanOrEqual(firstOfOurs);
      return;
    }
    if (told.kind !== 'request') throw new Error(told.kind);
    expect(worker.held.size).toBeLessThan(worker.credit);
    const sequence = sequenceIn(frames);
    const request = this.#requests.get(sequence)!;
    expect(worker.service).toBe(request.service);
    if (to < firstOfOurs) expect(told.address).toEqual(address(request.client));
    expect(worker.held.has(keyOf(told.address))).toBe(false);
    expect([request.replies, request.refusals]).toEqual([0, 0]);
    worker.held.set(keyOf(told.address), sequence);
    request.dispatches++;
    request.parts = [];
    request.isAnswered = false;
    if (request.delivery === 'at-most-once') expect(request.dispatches - request.untaken).toBe(1);
    else expect(attemptIn(frames)).toBe(request.dispatches - request.untaken);
    this.#unreported.push(this.#sent);
  }

  #toClient(to: number, frames: Frames): void {
    const told = mdpOf(to).readAtClient(frames.slice(1))!;
    expect(told).toBeDefined();
    const passedOn = this.#passingOn;
    if (passedOn !== undefined) {
      expect(to).toBe(passedOn.client);
      expect(told.body).toEqual(passedOn.bodies);
      expect(told.isFinal).toBe(passedOn.isFinal);
      this.#passingOn = undefined;
      return;
    }
    expect(told.isFinal).toBe(true);
    if (String.fromCharCode(...told.service).startsWith('mmi.')) return;
    const envelope = emptyEnvelope();
    expect(read(told.body[0]!, 0, envelope)).toBe(told.body[0]!.length);
    expect(envelope.kind).toBe(Kind.notExecuted);
    const request = this.#requests.get(envelope.sequence)!;
    expect(to).toBe(request.client);
    expect(++request.refusals).toBe(1);
    expect(request.replies).toBe(0);
    // Said of the attempt that the client made, it would be a lie once a worker had it; one that came back never had.
    if (envelope.attempt === 1) expect(request.dispatches - request.untaken).toBe(0);
  }
}

const peer = fc.nat(3);
const workerOf = fc.integer({ min: firstWorker, max: firstOfOurs + 1 });
/** Peers that say anything at all; what they are told is not looked at. */
const stranger = fc.integer({ min: firstStranger, max: firstStranger + 3 });
const anyone = fc.oneof(peer, workerOf);
const serviceOf = fc.constantFrom(...services, services[0]!);
const remaining = fc.oneof(fc.constant(3_000_000), fc.nat(200_000));
const delivery = fc.constantFrom('at-most-once' as const, 'at-least-once' as const);
const some = fc.uint8Array({ maxLength: 70 });
const mdpLike = fc.oneof(
  some,
  fc.constantFrom(
    empty,
    first.clientHeader,
    first.workerHeader,
    second.clientHeader,
    second.workerHeader,
    farewell,
    encodeTerms({ credit: 7, interval: 1, timeout: 1 }),
    ...[1, 2, 3, 4, 5, 6].map((byte) => Uint8Array.of(byte)),
  ),
);
const answer = fc.constantFrom(Kind.reply, Kind.reply, Kind.rejected, Kind.notExecuted);
const step = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      from: peer,
      service: serviceOf,
      delivery,
      remaining,
      plain: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('ready' as const), from: workerOf, service: serviceOf }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('reply' as const),
      from: workerOf,
      which: fc.nat(5),
      kind: answer,
      lie: fc.option(peer, { nil: undefined, freq: 8 }),
      isFinal: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('give back' as const), from: workerOf, which: fc.nat(5) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('credit' as const), from: workerOf, credit: fc.nat(4) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('heartbeat' as const), from: workerOf }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), from: anyone, politely: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('mmi' as const),
      from: peer,
      name: fc.constantFrom('mmi.service', 'mmi.what'),
      service: serviceOf,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unsent' as const), isGone: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('junk' as const),
      from: stranger,
      frames: fc.array(mdpLike, { maxLength: 7 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('junk' as const),
      from: anyone,
      frames: fc.array(some, { minLength: 2, maxLength: 7 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      us: fc.oneof(fc.nat(100), fc.nat(60_000), fc.nat(800_000), fc.nat(1_500_000)),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

test('gives each worker no more than it may have, none twice that may not be, and tells clients the truth', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const laws = new BrokerLaws();
      for (const one of steps) take(laws, one);
      laws.end();
    }),
    { numRuns: 400 },
  );
});

test('a worker that comes in the turn in which its service is forgotten gets work', () => {
  const laws = new BrokerLaws();
  laws.request(0, 'apples', 'at-least-once', 1_000_000, false);
  laws.leave(0, false);
  laws.ready(10, 'apples');
  laws.turn();
  laws.request(1, 'apples', 'at-least-once', 1_000_000, false);
  laws.turn();
  const { request } = first.Command;
  expect(laws.effects.sent.map(({ frames }) => [frames[0]![0], frames[3]![0]])).toContainEqual([10, request]);
  laws.end();
});

test('a worker lives by its heartbeats, and is forgotten without them', () => {
  for (const beats of [true, false]) {
    const laws = new BrokerLaws();
    laws.ready(10, 'apples');
    laws.turn();
    for (const end = laws.now + 2 * plainTimeout; laws.now < end; ) {
      laws.now = Math.min(laws.machine.deadline, end);
      laws.turn();
      if (beats) laws.heartbeat(10);
    }
    const before = laws.effects.sent.length;
    laws.request(1, 'apples', 'at-least-once', 1_000_000, false);
    laws.turn();
    expect(laws.effects.sent.length - before).toBe(beats ? 1 : 0);
  }
});

test('services over their limit are turned away, and forgotten when nobody has to do with them', () => {
  const effects = new RecordingEffects();
  const settings = withDefaults(majordomo.settings, { servicesLimit: 2 });
  const broker = majordomo.broker!({ bind: ['tcp://*:1'], settings }, effects);
  const ask = (service: string) => {
    const envelope = { ...emptyEnvelope(), client: 'c', sequence: 1, service, remaining: 1000 };
    broker.received(0, 0, [address(1), ...first.mdp01.fromClient.request(ascii(service), [encode(envelope)])]);
    broker.flush(0);
  };
  for (const service of ['a', 'b']) ask(service);
  expect(effects.sent).toHaveLength(0);
  ask('c');
  expect(effects.sent).toHaveLength(1);
  broker.expired(60_000);
  broker.flush(60_000);
  expect(effects.sent).toHaveLength(3);
  ask('c');
  expect(effects.sent).toHaveLength(3);
});

function take(laws: BrokerLaws, step: Step): void {
  if (step.do === 'request') laws.request(step.from, step.service, step.delivery, step.remaining, step.plain);
  else if (step.do === 'ready') laws.ready(step.from, step.service);
  else if (step.do === 'reply') laws.reply(step.from, step.which, step.kind, step.lie, step.isFinal);
  else if (step.do === 'give back') laws.giveBack(step.from, step.which);
  else if (step.do === 'credit') laws.credit(step.from, step.credit);
  else if (step.do === 'heartbeat') laws.heartbeat(step.from);
  else if (step.do === 'leave') laws.leave(step.from, step.politely);
  else if (step.do === 'mmi') laws.mmi(step.from, step.name, step.service);
  else if (step.do === 'unsent') laws.unsent(step.isGone);
  else if (step.do === 'junk') laws.junk(step.from, step.frames);
  else if (step.do === 'pass') laws.now += step.us;
  else laws.turn();
}

/** Every other one speaks 0.2. */
function mdpOf(who: number): Mdp {
  return who % 2 === 0 ? first.mdp01 : second.mdp02;
}

function address(who: number): Uint8Array {
  return who === firstOfOurs || who === firstOfOurs + 1 ? workerId(ourCredit, who, 1, 1) : Uint8Array.of(who, 9, 9);
}

function whoIs(routingId: Uint8Array): number {
  return routingId.length === 3 ? routingId[0]! : routingId[8]!;
}

function plainBody(sequence: number): Uint8Array {
  return Uint8Array.of(sequence & 0xff, sequence >> 8);
}

function sequenceIn(frames: Frames): number {
  const body = frames.at(-1)!;
  const envelope = emptyEnvelope();
  if (!isEnvelope(body)) return body[0]! + 256 * body[1]!;
  read(body, 0, envelope);
  return envelope.sequence;
}

function attemptIn(frames: Frames): number {
  const envelope = emptyEnvelope();
  read(frames.at(-1)!, 0, envelope);
  return envelope.attempt;
}

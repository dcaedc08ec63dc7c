/** The laws of Majordomo's broker: whoever says what, workers get what they may, and clients are told the truth. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Frames, Machine, Micros } from '../../patterns/machine.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { Command, clientHeader, farewell, workerHeader } from '../../patterns/majordomo/wire.ts';
import { ascii } from '../../patterns/parts/bytes.ts';
import { emptyEnvelope, encode, isEnvelope, Kind, read } from '../../patterns/parts/envelope.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import type { Delivery } from '../../patterns/transaction.ts';
import { RecordingEffects } from './recording-effects.ts';

interface Request {
  readonly client: number;
  readonly service: string;
  readonly delivery: Delivery;
  dispatches: number;
  /** Of those, the ones that came back: they never were with a worker. */
  untaken: number;
  replies: number;
  refusals: number;
}

interface Worker {
  service: string;
  /** The request it has not answered. */
  busy: number | undefined;
  heard: Micros;
}

const empty = new Uint8Array(0);
const firstStranger = 20;
const services = ['apples', 'pears'];
const queueLimit = 4;

class BrokerLaws {
  now: Micros = 5_000_000;
  readonly effects = new RecordingEffects();
  readonly machine: Machine;
  readonly #requests = new Map<number, Request>();
  /** Workers as 7/MDP has them: registered by READY, until either side says DISCONNECT or the connection ends. */
  readonly #workers = new Map<number, Worker>();
  #sequence = 0;
  #sent = 0;
  /** The answer that a worker has just given, and the client it is for. */
  #passingOn: { readonly client: number; readonly body: Uint8Array } | undefined;
  readonly #unreported: number[] = [];

  constructor() {
    const settings = withDefaults(majordomo.settings, { queueLimit, servicesLimit: 200 });
    this.machine = majordomo.broker!({ bind: ['tcp://*:1'], settings }, this.effects);
    this.turn();
  }

  request(client: number, service: string, delivery: Delivery, remaining: Micros, plain: boolean): void {
    const sequence = ++this.#sequence;
    const payload = Uint8Array.of(sequence & 0xff, sequence >> 8);
    const envelope = { ...emptyEnvelope(), client: `c${client}`, sequence, service, delivery, remaining, payload };
    const given = { client, service, delivery: plain ? ('at-most-once' as const) : delivery };
    this.#requests.set(sequence, { ...given, dispatches: 0, untaken: 0, replies: 0, refusals: 0 });
    this.#receive(client, [empty, clientHeader, ascii(service), plain ? plainBody(sequence) : encode(envelope)]);
  }

  ready(worker: number, service: string): void {
    const known = this.#workers.get(worker);
    const fresh: Worker = { service, busy: undefined, heard: this.now };
    this.#workers.set(worker, fresh);
    this.#receive(worker, [empty, workerHeader, Uint8Array.of(Command.ready), ascii(service)]);
    if (known !== undefined && !this.#mayBeForgotten(known)) expect(this.#workers.has(worker)).toBe(false);
    if (known === undefined) expect(this.#workers.get(worker)).toBe(fresh);
  }

  /** A worker answers what it has, or (if it lies) something else. */
  reply(worker: number, kind: Kind, liesAbout: number | undefined): void {
    const known = this.#workers.get(worker);
    const busy = known?.busy;
    const sequence = busy ?? 0;
    const client = liesAbout ?? this.#requests.get(sequence)?.client ?? 0;
    const body = encode({ ...emptyEnvelope(), kind, client: `c${client}`, sequence });
    const isTrue = busy !== undefined && client === this.#requests.get(busy)!.client;
    if (isTrue) {
      known!.busy = undefined;
      this.#passingOn = { client, body };
      this.#requests.get(busy)!.replies++;
    }
    this.#receive(worker, [empty, workerHeader, Uint8Array.of(Command.reply), address(client), empty, body]);
    if (!isTrue || this.#passingOn !== undefined) expect(this.#workers.has(worker)).toBe(false);
    if (this.#passingOn === undefined) {
      if (isTrue) known!.heard = this.now;
      return;
    }
    expect(this.#mayBeForgotten(known!)).toBe(true);
    this.#passingOn = undefined;
    this.#requests.get(sequence)!.replies--;
  }

  heartbeat(worker: number): void {
    const known = this.#workers.get(worker);
    if (known !== undefined && !this.#mayBeForgotten(known)) known.heard = this.now;
    this.#receive(worker, [empty, workerHeader, Uint8Array.of(Command.heartbeat)]);
  }

  leave(worker: number, politely: boolean): void {
    this.#workers.delete(worker);
    if (politely) this.#receive(worker, [empty, workerHeader, Uint8Array.of(Command.disconnect)]);
    else this.#receive(worker, [farewell]);
  }

  mmi(client: number, name: string, service: string): void {
    const before = this.effects.sent.length;
    this.#receive(client, [empty, clientHeader, ascii(name), ascii(service)]);
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
  unsent(): void {
    const index = this.#unreported.pop();
    if (index === undefined) return;
    const { socket, frames, token } = this.effects.sent[index]!;
    const worker = this.#workers.get(frames[0]![0]!);
    if (worker?.busy === undefined || worker.busy !== sequenceIn(frames)) return;
    this.#requests.get(worker.busy)!.untaken++;
    this.#workers.delete(frames[0]![0]!);
    this.machine.unsent(this.now, socket, token!, 'unreachable');
    this.#look();
  }

  turn(): void {
    if (this.machine.deadline <= this.now) this.machine.expired(this.now);
    this.#look();
    this.machine.flush(this.now);
    this.#look();
    expect(this.machine.deadline).toBeGreaterThan(this.now);
  }

  /** It takes no more; once all workers are silent and all deadlines over, nothing is left. */
  end(): void {
    this.machine.drain(this.now);
    this.turn();
    for (let turns = 0; !this.machine.drained; turns++) {
      expect(turns).toBeLessThan(2000);
      this.now = this.machine.deadline;
      this.turn();
    }
    for (const { replies, refusals } of this.#requests.values()) expect(replies + refusals).toBeLessThanOrEqual(1);
  }

  /** Whoever is silent for so long is, at the next sweep, a worker no more; it is not told. */
  #mayBeForgotten({ heard }: Worker): boolean {
    return this.now - heard >= majordomo.settings.heartbeatTimeoutMs.default * 1000;
  }

  #receive(sender: number, frames: Frames): void {
    this.machine.received(this.now, 0, [address(sender), ...frames]);
    this.#look();
  }

  #look(): void {
    for (; this.#sent < this.effects.sent.length; this.#sent++) {
      const { frames } = this.effects.sent[this.#sent]!;
      const to = frames[0]![0]!;
      expect(frames[1]).toHaveLength(0);
      if (to >= firstStranger) continue;
      if (Buffer.compare(frames[2]!, clientHeader) === 0) this.#toClient(to, frames);
      else this.#toWorker(to, frames);
    }
  }

  #toWorker(to: number, frames: Frames): void {
    expect(frames[2]).toEqual(workerHeader);
    const command = frames[3]![0];
    if (command === Command.disconnect) {
      this.#workers.delete(to);
      return;
    }
    const worker = this.#workers.get(to)!;
    expect(worker, 'only a worker is told anything as one').toBeDefined();
    if (command === Command.heartbeat) return;
    expect(command).toBe(Command.request);
    expect(worker.busy).toBeUndefined();
    const sequence = sequenceIn(frames);
    const request = this.#requests.get(sequence)!;
    expect(worker.service).toBe(request.service);
    expect(frames[4]).toEqual(address(request.client));
    expect([request.replies, request.refusals]).toEqual([0, 0]);
    worker.busy = sequence;
    request.dispatches++;
    if (request.delivery === 'at-most-once') expect(request.dispatches - request.untaken).toBe(1);
    else expect(attemptIn(frames)).toBe(request.dispatches - request.untaken);
    this.#unreported.push(this.#sent);
  }

  #toClient(to: number, frames: Frames): void {
    const body = frames[4]!;
    const passedOn = this.#passingOn;
    if (passedOn !== undefined) {
      expect(to).toBe(passedOn.client);
      expect(body).toEqual(passedOn.body);
      this.#passingOn = undefined;
      return;
    }
    if (String.fromCharCode(...frames[3]!).startsWith('mmi.')) return;
    const envelope = emptyEnvelope();
    expect(read(body, 0, envelope)).toBe(body.length);
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
const workerOf = fc.integer({ min: 10, max: 13 });
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
    clientHeader,
    workerHeader,
    farewell,
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
      kind: answer,
      lie: fc.option(peer, { nil: undefined, freq: 8 }),
    }),
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
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unsent' as const) }) },
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
      us: fc.oneof(fc.nat(100), fc.nat(60_000), fc.nat(800_000)),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

test('gives each worker one request at a time, none twice that may not be, and tells clients the truth', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const laws = new BrokerLaws();
      for (const one of steps) take(laws, one);
      laws.end();
    }),
    { numRuns: 600 },
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
  expect(laws.effects.sent.map(({ frames }) => [frames[0]![0], frames[3]![0]])).toContainEqual([10, Command.request]);
  laws.end();
});

test('a worker lives by its heartbeats, and is forgotten without them', () => {
  for (const beats of [true, false]) {
    const laws = new BrokerLaws();
    laws.ready(10, 'apples');
    laws.turn();
    for (const end = laws.now + 2_000_000; laws.now < end; ) {
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
    broker.received(0, 0, [address(1), empty, clientHeader, ascii(service), encode(envelope)]);
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
  else if (step.do === 'reply') laws.reply(step.from, step.kind, step.lie);
  else if (step.do === 'heartbeat') laws.heartbeat(step.from);
  else if (step.do === 'leave') laws.leave(step.from, step.politely);
  else if (step.do === 'mmi') laws.mmi(step.from, step.name, step.service);
  else if (step.do === 'unsent') laws.unsent();
  else if (step.do === 'junk') laws.junk(step.from, step.frames);
  else if (step.do === 'pass') laws.now += step.us;
  else laws.turn();
}

function address(who: number): Uint8Array {
  return Uint8Array.of(who, 9, 9);
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

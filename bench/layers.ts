/**
 * Where does the time go? What single layers cost a transaction, without sockets: the envelope, the deadlines, and a
 * whole client machine with effects that do nothing.
 */
import { Bench } from 'tinybench';
import { machine } from '../harness/machine.ts';
import { freelance } from '../patterns/freelance/pattern.ts';
import type { ClientMachine, Effects, Frames } from '../patterns/machine.ts';
import { Deadlines } from '../patterns/parts/deadlines.ts';
import { type Envelope, emptyEnvelope, encode, Kind, read, sizeOf, write } from '../patterns/parts/envelope.ts';
import { withDefaults } from '../patterns/parts/settings.ts';
import type { Question, RawResult } from './question.ts';
import { type Estimate, estimate } from './statistics.ts';

export interface LayersResult extends RawResult {
  readonly rounds: number;
  readonly payloadBytes: number;
  readonly rows: readonly LayerRow[];
}

export interface LayerRow {
  readonly layer: string;
  readonly what: string;
  /** Microseconds a transaction: the median over the rounds of each round's median. */
  readonly us: Estimate;
  /** The same, round by round. */
  readonly samples: readonly number[];
}

export const layers: Question = {
  name: 'layers',
  asks: 'What do single layers cost a transaction, without sockets?',
  async ask({ quick, seed, signal, onPhase }): Promise<LayersResult> {
    const where = machine();
    const { rounds, timeMs } = quick ? quickForm : fullForm;
    const samples = all.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      onPhase(`layers: round ${round + 1} of ${rounds}`);
      // Between rounds, so that Ctrl-C is heard.
      await new Promise((next) => setImmediate(next));
      signal.throwIfAborted();
      for (const [place, us] of measure(timeMs).entries()) samples[place]!.push(us);
    }
    const rows = all.map(({ layer, what }, place) => {
      return { layer, what, us: estimate(samples[place]!, seed), samples: samples[place]! };
    });
    const head = { question: layers.name, quick, seed, machine: where, conclusive: true, doubts: [] };
    return { ...head, rounds, payloadBytes, rows };
  },
};

/** Microseconds a transaction of every layer, each with fresh objects. */
function measure(timeMs: number): number[] {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 4, throws: true });
  for (const { layer, prepare } of all) {
    const step = prepare();
    const sample = () => {
      const began = performance.now();
      const { elapsedMs, transactions } = step();
      // Without its cost the time budget would count single transactions, and last as many times longer.
      return { overriddenDuration: elapsedMs / transactions, overriddenIterationCost: performance.now() - began };
    };
    bench.add(layer, sample, { async: false });
  }
  bench.runSync();
  return bench.tasks.map(({ name, result }) => {
    if (result.state !== 'completed') throw new Error(`${name}: tinybench says ${result.state}`);
    return result.latency.p50 * 1000;
  });
}

/** What one sample took, and how many transactions it was: one alone is shorter than the clock can tell. */
interface Step {
  readonly elapsedMs: number;
  readonly transactions: number;
}

interface Layer {
  readonly layer: string;
  readonly what: string;
  prepare(): () => Step;
}

const all: readonly Layer[] = [
  { layer: 'envelope, write', what: 'one envelope into a frame', prepare: () => repeated(writing()) },
  { layer: 'envelope, read', what: 'one envelope out of a frame', prepare: () => repeated(reading()) },
  { layer: 'deadlines', what: 'set and remove, a thousand others pending', prepare: () => repeated(deadlining()) },
  {
    layer: 'freelance client, alone',
    what: 'one transaction a turn: transact, flush, reply',
    prepare: () => clientStep(1),
  },
  {
    layer: 'freelance client, packed',
    what: 'the same, 64 in one turn and one message',
    prepare: () => clientStep(64),
  },
];

function repeated(once: () => void): () => Step {
  return () => {
    const began = performance.now();
    for (let i = 0; i < repetitions; i++) once();
    return { elapsedMs: performance.now() - began, transactions: repetitions };
  };
}

function writing(): () => void {
  const envelope = requestEnvelope();
  const frame = new Uint8Array(sizeOf(envelope.service, envelope.payload));
  return () => void write(frame, 0, envelope);
}

function reading(): () => void {
  const frame = encode(requestEnvelope());
  const envelope = emptyEnvelope();
  return () => void read(frame, 0, envelope);
}

function deadlining(): () => void {
  const deadlines = new Deadlines();
  const pending = 1000;
  for (let slot = 0; slot < pending; slot++) deadlines.set(slot, slot);
  let now = pending;
  return () => {
    deadlines.set(pending, now++);
    deadlines.remove(pending);
  };
}

/** A client with one server that answers everything. What the fake server does is not timed. */
function clientStep(perTurn: number): () => Step {
  const sent: Frames[] = [];
  const effects = silentEffects(sent);
  const settings = withDefaults(freelance.settings, {});
  const setup = { endpoints: [endpoint], service: 'default', clientId: 'bench', bind: [], firstSequence: 1, settings };
  const client = freelance.client(setup, effects);
  const request = new Uint8Array(payloadBytes);
  let now = 0;
  client.linked(now, 0, endpoint, true, 'handshake');
  client.flush(now);
  answerAll(client, sent, now);
  const turn = () => {
    now += 10;
    const deadline = now + 5_000_000;
    const began = performance.now();
    for (let i = 0; i < perTurn; i++) client.transact(now, { request, deadline, delivery: 'at-least-once' });
    client.flush(now);
    const flushed = performance.now();
    return flushed - began + answerAll(client, sent, now);
  };
  const turns = Math.ceil(repetitions / perTurn);
  return () => {
    let elapsedMs = 0;
    for (let i = 0; i < turns; i++) elapsedMs += turn();
    if (client.pending > 0) throw new Error(`${client.pending} transactions were not settled by their replies`);
    return { elapsedMs, transactions: turns * perTurn };
  };
}

/** Turns every request that was sent into its reply, and hands them over; answers how long the client took for them. */
function answerAll(client: ClientMachine, sent: Frames[], now: number): number {
  const replies = sent.splice(0).map((frames) => frames.map(answered));
  const began = performance.now();
  for (const reply of replies) client.received(now, 0, reply);
  client.flush(now);
  return performance.now() - began;
}

function answered(frame: Uint8Array): Uint8Array {
  const reply = frame.slice();
  const envelope = emptyEnvelope();
  for (let offset = 0; offset < reply.length; ) {
    const next = read(reply, offset, envelope);
    reply[offset + kindOffset] = envelope.kind === Kind.ping ? Kind.pong : Kind.reply;
    offset = next;
  }
  return reply;
}

function silentEffects(sent: Frames[]): Effects {
  return {
    open: () => 0,
    connect: () => undefined,
    bind: () => undefined,
    close: () => undefined,
    send: (_socket, frames) => void sent.push(frames),
    settle: () => undefined,
    part: () => undefined,
    execute: () => undefined,
    draw: () => 0.5,
  };
}

function requestEnvelope(): Envelope {
  const payload = new Uint8Array(payloadBytes);
  return { ...emptyEnvelope(), client: '0123456789abcdef', slot: 7, sequence: 123_456, service: 'default', payload };
}

const payloadBytes = 64;
const repetitions = 256;
const endpoint = 'tcp://127.0.0.1:1';
/** Where the envelope's layout puts its kind. */
const kindOffset = 4;
const fullForm = { rounds: 12, timeMs: 250 };
const quickForm = { rounds: 3, timeMs: 50 };

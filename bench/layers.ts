/**
 * Where does the time go? What single layers cost a transaction: the envelope, the deadlines, each role's machine while
 * it does transactions with the others and no sockets between them, and the driver with its sockets and no machine.
 */
import { Bench } from 'tinybench';
import { Deadlines } from '../patterns/parts/deadlines.ts';
import { type Envelope, emptyEnvelope, encode, read, sizeOf, write } from '../patterns/parts/envelope.ts';
import { drivenPair } from './layers/driven.ts';
import { type Wired, wiredFreelance, wiredMajordomo } from './layers/wired.ts';
import type { Question, RawResult } from './question.ts';
import { type Estimate, estimate } from './statistics.ts';
import type { Role } from './throughput/peer.ts';
import { where } from './where.ts';

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
  asks: 'What does each layer cost a transaction?',
  async ask({ quick, seed, signal, onPhase }): Promise<LayersResult> {
    const measuredAt = where();
    const { rounds, timeMs } = quick ? quickForm : fullForm;
    const samples = all.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      onPhase(`layers: round ${round + 1} of ${rounds}`);
      // Between rounds, so that Ctrl-C is heard.
      await new Promise((next) => setImmediate(next));
      signal.throwIfAborted();
      for (const [place, us] of (await measure(timeMs)).entries()) samples[place]!.push(us);
    }
    const rows = all.map(({ layer, what }, place) => {
      return { layer, what, us: estimate(samples[place]!, seed), samples: samples[place]! };
    });
    const head = { question: layers.name, quick, seed, machine: measuredAt, conclusive: true, doubts: [] };
    return { ...head, rounds, payloadBytes, rows };
  },
};

/** Microseconds a transaction of every layer, each with fresh objects. */
async function measure(timeMs: number): Promise<number[]> {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 4, throws: true });
  const prepared: Prepared[] = [];
  for (const { layer, prepare } of all) {
    const one = await prepare();
    prepared.push(one);
    bench.add(layer, () => sampled(one));
  }
  await bench.run();
  for (const { close } of prepared) close?.();
  return bench.tasks.map(({ name, result }) => {
    if (result.state !== 'completed') throw new Error(`${name}: tinybench says ${result.state}`);
    return result.latency.p50 * 1000;
  });
}

function sampled({ step }: Prepared): Sample | Promise<Sample> {
  const began = performance.now();
  const done = step();
  return done instanceof Promise ? done.then((after) => sampleOf(after, began)) : sampleOf(done, began);
}

/** Without its cost the time budget would count single transactions, and last as many times longer. */
function sampleOf({ elapsedMs, transactions }: Step, began: number): Sample {
  return { overriddenDuration: elapsedMs / transactions, overriddenIterationCost: performance.now() - began };
}

interface Sample {
  readonly overriddenDuration: number;
  readonly overriddenIterationCost: number;
}

/** What one sample took, and how many transactions it was: one alone is shorter than the clock can tell. */
interface Step {
  readonly elapsedMs: number;
  readonly transactions: number;
}

interface Layer {
  readonly layer: string;
  readonly what: string;
  prepare(): Prepared | Promise<Prepared>;
}

interface Prepared {
  step(): Step | Promise<Step>;
  close?(): void;
}

const all: readonly Layer[] = [
  { layer: 'envelope, write', what: 'one envelope into a frame', prepare: () => repeated(writing()) },
  { layer: 'envelope, read', what: 'one envelope out of a frame', prepare: () => repeated(reading()) },
  { layer: 'deadlines', what: 'set and remove, a thousand others pending', prepare: () => repeated(deadlining()) },
  ...machineLayers('freelance', wiredFreelance, ['client', 'server']),
  ...machineLayers('majordomo', wiredMajordomo, ['client', 'broker', 'server']),
  { layer: 'driver', what: 'one message there and back, both ends, 256 at once', prepare: driverStep },
];

function machineLayers(pattern: string, wire: (request: Uint8Array) => Wired, roles: readonly Role[]): Layer[] {
  return roles.flatMap((role) => [
    {
      layer: `${pattern} ${role}, alone`,
      what: 'its machine, one transaction a turn',
      prepare: () => machineStep(wire, role, 1),
    },
    {
      layer: `${pattern} ${role}, packed`,
      what: 'its machine, 64 transactions a turn',
      prepare: () => machineStep(wire, role, 64),
    },
  ]);
}

function repeated(once: () => void): Prepared {
  const step = () => {
    const began = performance.now();
    for (let i = 0; i < repetitions; i++) once();
    return { elapsedMs: performance.now() - began, transactions: repetitions };
  };
  return { step };
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

/** One role's machine, while all machines of its pattern do transactions with each other. */
function machineStep(wire: (request: Uint8Array) => Wired, role: Role, perTurn: number): Prepared {
  const wired = wire(new Uint8Array(payloadBytes));
  const turns = Math.ceil(repetitions / perTurn);
  const step = () => {
    const before = wired.tookMs[role];
    for (let i = 0; i < turns; i++) wired.turn(perTurn);
    return { elapsedMs: wired.tookMs[role] - before, transactions: turns * perTurn };
  };
  return { step };
}

/** Both ends stand in this process, so it is two sends and two receives. */
async function driverStep(): Promise<Prepared> {
  const { round, close } = await drivenPair(new Uint8Array(payloadBytes));
  const step = async () => {
    const began = performance.now();
    await round(repetitions);
    return { elapsedMs: performance.now() - began, transactions: repetitions };
  };
  return { step, close };
}

function requestEnvelope(): Envelope {
  const payload = new Uint8Array(payloadBytes);
  return { ...emptyEnvelope(), client: '0123456789abcdef', slot: 7, sequence: 123_456, service: 'default', payload };
}

const payloadBytes = 64;
const repetitions = 256;
const fullForm = { rounds: 10, timeMs: 150 };
const quickForm = { rounds: 1, timeMs: 20 };

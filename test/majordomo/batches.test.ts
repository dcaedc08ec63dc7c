/** Batches at the broker: one message to one worker, and each transaction with an outcome of its own. */
import { describe, expect, test } from 'vitest';
import type { Frames, Micros } from '../../patterns/machine.ts';
import { Batches } from '../../patterns/majordomo/batches.ts';
import { workerId } from '../../patterns/majordomo/credit.ts';
import { mdp02 } from '../../patterns/majordomo/mdp-02.ts';
import { eachOnWire, PaceMeter, readPace, writeWorkers } from '../../patterns/majordomo/pace.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { farewell } from '../../patterns/majordomo/wire.ts';
import { ascii, joined } from '../../patterns/parts/bytes.ts';
import { type Envelope, emptyEnvelope, encode, Kind, read } from '../../patterns/parts/envelope.ts';
import { drainingReason } from '../../patterns/parts/reasons.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import { RecordingEffects } from '../patterns/recording-effects.ts';

const client = Uint8Array.of(9, 9, 9);
const service = ascii('apples');

class Broker {
  now: Micros = 1_000_000;
  readonly effects = new RecordingEffects();
  readonly machine;
  #read = 0;

  constructor(settings: Record<string, unknown> = {}) {
    const values = withDefaults(majordomo.settings, settings);
    this.machine = majordomo.broker!({ bind: ['tcp://*:1'], settings: values }, this.effects);
  }

  hear(from: Uint8Array, frames: Frames): void {
    this.machine.received(this.now, 0, [from, ...frames]);
    this.machine.flush(this.now);
  }

  ready(number: number): Uint8Array {
    const id = workerId(1, number, 1, 1);
    this.hear(id, mdp02.fromWorker.ready(service));
    return id;
  }

  ask(...batch: Partial<Envelope>[]): void {
    const envelopes = batch.map((one) => encode({ ...emptyEnvelope(), client: 'c', remaining: 5_000_000, ...one }));
    this.hear(client, mdp02.fromClient.request(service, [joined(envelopes)]));
  }

  pass(us: Micros): void {
    for (const end = this.now + us; this.now < end; ) {
      this.now = Math.min(end, this.machine.deadline);
      if (this.machine.deadline <= this.now) this.machine.expired(this.now);
      this.machine.flush(this.now);
    }
  }

  /** Requests to that worker since this was asked last, and what was said to the client. */
  told(): { work: { to: Uint8Array; address: Uint8Array; batch: Envelope[] }[]; answers: Envelope[]; ends: boolean[] } {
    const sent = this.effects.sent.slice(this.#read);
    this.#read = this.effects.sent.length;
    const [work, answers, ends]: [{ to: Uint8Array; address: Uint8Array; batch: Envelope[] }[], Envelope[], boolean[]] =
      [[], [], []];
    for (const { frames } of sent) {
      const [to, ...rest] = frames;
      const asWorker = mdp02.readAtWorker(rest);
      const asClient = mdp02.readAtClient(rest);
      if (asWorker.kind === 'request') work.push({ to: to!, address: asWorker.address, batch: all(asWorker.body) });
      else if (asClient !== undefined) {
        answers.push(...all(asClient.body));
        ends.push(asClient.isFinal);
      }
    }
    return { work, answers, ends };
  }

  check(): void {
    const { requests, answers, abandoned, duplicates, refusals, waiting, handed } = this.machine.stats();
    const refused = Object.values(refusals).reduce((sum, one) => sum + one, 0);
    expect(answers + abandoned + duplicates + refused + waiting + handed).toBe(requests);
  }
}

describe('a batch', () => {
  test('goes to one worker, and its parts and its end to the client', () => {
    const broker = new Broker();
    const worker = broker.ready(1);
    broker.ready(2);
    broker.ask({ sequence: 1 }, { sequence: 2 }, { sequence: 3 });
    const [given] = broker.told().work;
    expect(given!.to).toEqual(worker);
    expect(sequences(given!.batch)).toEqual([1, 2, 3]);
    expect(broker.machine.stats()).toMatchObject({ requests: 3, handed: 3 });
    broker.hear(worker, mdp02.fromWorker.partial(given!.address, [answer(2)]));
    expect(broker.machine.stats()).toMatchObject({ answers: 1, handed: 2 });
    broker.hear(worker, mdp02.fromWorker.final(given!.address, [joined([answer(1), answer(3)])]));
    const { answers, ends } = broker.told();
    expect([sequences(answers), ends]).toEqual([
      [2, 1, 3],
      [false, true],
    ]);
    expect(readPace(answers[0]!.leaseUntil)).toMatchObject({ workers: 2 });
    broker.check();
  });

  test('of a dead worker goes to another, but for what was answered, and what may not be repeated', () => {
    const broker = new Broker();
    const worker = broker.ready(1);
    broker.ask({ sequence: 1 }, { sequence: 2, delivery: 'at-most-once' }, { sequence: 3 }, { sequence: 4 });
    const [given] = broker.told().work;
    broker.hear(worker, mdp02.fromWorker.partial(given!.address, [answer(3)]));
    const next = broker.ready(2);
    broker.hear(worker, [farewell]);
    const [again] = broker.told().work;
    expect(again!.to).toEqual(next);
    expect(again!.batch.map(({ sequence, attempt }) => [sequence, attempt])).toEqual([
      [1, 2],
      [4, 2],
    ]);
    expect(broker.machine.stats()).toMatchObject({ answers: 1, abandoned: 1, retries: 2, handed: 2 });
    broker.check();
  });

  test('given back by a worker that leaves goes to another, and what that one did execute to the client', () => {
    const broker = new Broker();
    const worker = broker.ready(1);
    broker.ask({ sequence: 1 }, { sequence: 2 }, { sequence: 3 });
    const [given] = broker.told().work;
    broker.ready(2);
    const back = (sequence: number) => answer(sequence, Kind.notExecuted, drainingReason);
    broker.hear(worker, mdp02.fromWorker.final(given!.address, [joined([back(1), answer(2), back(3)])]));
    const { work, answers, ends } = broker.told();
    expect(work.map(({ batch }) => batch.map(({ sequence, attempt }) => [sequence, attempt]))).toEqual([
      [
        [1, 1],
        [3, 1],
      ],
    ]);
    expect([sequences(answers), ends]).toEqual([[2], [false]]);
    broker.check();
  });

  test('expires each by its own deadline', () => {
    const broker = new Broker();
    broker.ask({ sequence: 1, remaining: 200_000 }, { sequence: 2 }, { sequence: 3, remaining: 200_000 });
    expect(broker.machine.stats().waiting).toBe(3);
    broker.pass(400_000);
    const { answers, ends } = broker.told();
    expect([sequences(answers), ends]).toEqual([[1, 3], [false]]);
    expect(broker.machine.stats()).toMatchObject({ waiting: 1, refusals: { expired: 2 } });
    broker.ready(1);
    expect(sequences(broker.told().work[0]!.batch)).toEqual([2]);
    broker.check();
  });

  test('waits as far as there is room, and the rest is refused in one message', () => {
    const broker = new Broker({ queueLimit: 8 });
    broker.ask(...Array.from({ length: 10 }, (_, i) => ({ sequence: i + 1 })));
    const { answers, ends } = broker.told();
    expect([sequences(answers), ends]).toEqual([[5, 6, 7, 8, 9, 10], [false]]);
    expect(broker.machine.stats()).toMatchObject({ waiting: 4, refusals: { queueFull: 6 } });
    broker.ask({ sequence: 11 }, { sequence: 12 });
    expect(broker.told()).toMatchObject({ ends: [true] });
    broker.check();
  });
});

describe('how large a batch is', () => {
  const learnt = (each: Micros, workers: number): Batches => {
    const frame = encode({ ...emptyEnvelope(), kind: Kind.reply, leaseUntil: eachOnWire(each) });
    writeWorkers(frame, workers);
    const batches = new Batches();
    batches.answered(0, all([frame])[0]!.leaseUntil);
    return batches;
  };

  test('one, for a broker that has not said that it is ours', () => {
    const batches = new Batches();
    expect(batches.limit(0, 1000)).toBe(1);
    batches.answered(0, 0);
    expect(batches.limit(0, 1000)).toBe(1);
  });

  test.each([
    [{ each: 0, workers: 4, pending: 1 }, 1],
    [{ each: 0, workers: 4, pending: 16 }, 16],
    [{ each: 0, workers: 4, pending: 48 }, 32],
    [{ each: 0, workers: 4, pending: 128 }, 64],
    [{ each: 0, workers: 4, pending: 1024 }, 512],
    [{ each: 0, workers: 4, pending: 4096 }, 512],
    [{ each: 10, workers: 4, pending: 128 }, 32],
    [{ each: 100, workers: 4, pending: 128 }, 10],
    [{ each: 100, workers: 50, pending: 128 }, 3],
    [{ each: 5000, workers: 4, pending: 128 }, 1],
  ])('%o', ({ each, workers, pending }, size) => {
    expect(learnt(each, workers).limit(0, pending)).toBe(size);
  });

  test('what is too little waits for a millisecond at most, and never where a message is one transaction', () => {
    const batches = learnt(0, 4);
    expect(batches.holds(0, 1, 64)).toBe(true);
    expect(batches.deadline).toBe(1000);
    expect(batches.holds(999, 63, 64)).toBe(true);
    expect(batches.holds(1000, 63, 64)).toBe(false);
    expect(batches.holds(1001, 64, 64)).toBe(false);
    expect(batches.holds(1001, 1, 1)).toBe(false);
    expect(batches.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  test('handlers at work at once share the time', () => {
    const meter = new PaceMeter();
    for (let i = 0; i < 10; i++) meter.began(0);
    for (let i = 0; i < 10; i++) meter.ended(5000);
    expect(meter.each).toBe(500);
  });
});

function answer(sequence: number, kind: Kind = Kind.reply, payload: Uint8Array = Uint8Array.of(1)): Uint8Array {
  return encode({ ...emptyEnvelope(), client: 'c', kind, sequence, payload });
}

function all(body: Frames): Envelope[] {
  const whole = joined(body);
  const found: Envelope[] = [];
  for (let offset = 0; offset < whole.length; ) {
    const envelope = emptyEnvelope();
    offset = read(whole, offset, envelope);
    if (offset < 0) break;
    found.push(envelope);
  }
  return found;
}

function sequences(envelopes: readonly Envelope[]): number[] {
  return envelopes.map(({ sequence }) => sequence);
}

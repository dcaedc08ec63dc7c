import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyEnvelope, encode, Kind } from '../../patterns/parts/envelope.ts';
import { patterns } from './all-patterns.ts';
import { type ClientCase, ClientLaws, type OtherSide } from './client-laws.ts';

/** Small limits, so that they are met. */
const small: Readonly<Record<string, Record<string, unknown>>> = {
  'brokerless-req': { slots: 3, pendingLimit: 6 },
  freelance: { window: 3, pendingLimit: 9 },
  majordomo: { window: 3, pendingLimit: 9, plainIdentities: 2 },
};

/** Between them the two wires of a pattern with a broker speak both versions of MDP. */
const cases: ClientCase[] = patterns.flatMap((pattern) =>
  Object.keys(pattern.variants).flatMap((variant) =>
    ['envelopes', 'plain'].map((wire) => {
      const mdp = pattern.topology === 'broker' ? { mdp: wire === 'plain' ? '0.1' : '0.2' } : {};
      return { pattern, variant, settings: { ...small[pattern.name], wire, ...mdp } };
    }),
  ),
);

const which = fc.nat(30);
const kinds = fc.constantFrom(Kind.reply, Kind.reply, Kind.notExecuted, Kind.notExecuted, Kind.rejected, Kind.request);
const someBytes = fc.uint8Array({ maxLength: 80 });

const lists = fc.subarray(['tcp://a:1', 'tcp://b:1', 'tcp://c:1', 'tcp://d:1', 'tcp://e:1'], { minLength: 1 });

const honest = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('transact' as const),
      ms: fc.integer({ min: 1, max: 3000 }),
      once: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('answer' as const), which, kind: kinds }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('answer of another' as const), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('unsent' as const), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('link' as const), which, up: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('alive' as const), which, able: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abandon' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('endpoints' as const), list: lists }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      us: fc.oneof(fc.nat(50), fc.nat(30_000), fc.nat(2_000_000)),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
);

const hostile = fc.oneof(
  { weight: 6, arbitrary: honest },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('junk' as const), which, frames: fc.array(someBytes, { maxLength: 6 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('mutated' as const),
      which,
      kind: kinds,
      changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('forged' as const), which, kind: kinds, socket: fc.nat(20) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('any kind' as const), which, kind: fc.integer({ min: 0, max: 9 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('odd' as const),
      socket: fc.integer({ min: -1, max: 50 }),
      token: fc.integer({ min: -1, max: 50 }),
    }),
  },
);

type Step = typeof hostile extends fc.Arbitrary<infer T> ? T : never;

describe.each(cases.map((one) => [`${one.pattern.name}/${one.variant}, ${one.settings['wire']}`, one] as const))(
  '%s',
  (_, given) => {
    test('says nothing untrue, tells each once and by its deadline, and overloads no peer', () => {
      fc.assert(
        fc.property(scripts(honest), (steps) => play(given, 'honest', steps)),
        { numRuns: 300 },
      );
    });

    test('stays sane whatever comes in', () => {
      fc.assert(
        fc.property(scripts(hostile), (steps) => play(given, 'hostile', steps)),
        { numRuns: 300 },
      );
    });
  },
);

describe('a server that is silent', () => {
  function frozen(): { laws: ClientLaws; wait: (ms: number) => void } {
    const laws = new ClientLaws(cases.find(({ pattern }) => pattern.name === 'freelance')!, 'honest');
    const wait = (ms: number) => {
      for (const end = laws.now + ms * 1000; laws.machine.deadline <= end; ) {
        laws.now = laws.machine.deadline;
        laws.turn();
      }
    };
    laws.linked(0, true);
    laws.alive(0, true);
    laws.turn();
    expect(laws.machine.available).toBe(1);
    laws.transact(5_000_000, 'at-least-once');
    laws.turn();
    expect(laws.attempts).toHaveLength(1);
    wait(800);
    expect(laws.machine.available).toBe(0);
    return { laws, wait };
  }

  test('and speaks again still has what it had: it is not sent a second time', () => {
    const { laws } = frozen();
    laws.alive(0, true);
    laws.turn();
    expect(laws.machine.available).toBe(1);
    expect(laws.attempts).toHaveLength(1);
    laws.answer(laws.attempts[0]!, Kind.reply);
    expect(laws.effects.settled.map(({ how }) => how)).toEqual(['committed']);
  });

  test('and turns away what it had before it is trusted again is given it anew', () => {
    const { laws, wait } = frozen();
    // With a lease, only the answer to a heartbeat brings trust back.
    const pong = encode({ ...emptyEnvelope(), kind: Kind.pong, service: 'apples', leaseUntil: 1, incarnation: 7 });
    laws.receive(0, [pong]);
    laws.turn();
    wait(800);
    expect(laws.machine.available).toBe(0);
    laws.answer(laws.attempts[0]!, Kind.notExecuted);
    laws.turn();
    laws.receive(0, [pong]);
    wait(300);
    expect(laws.attempts).toHaveLength(2);
    laws.finish();
  });

  test('and is killed has nothing any more when it comes back, however slowly it starts', () => {
    const { laws, wait } = frozen();
    laws.linked(0, false);
    laws.linked(0, true);
    wait(800);
    expect(laws.attempts).toHaveLength(1);
    laws.alive(0, true);
    laws.turn();
    expect(laws.attempts).toHaveLength(2);
    laws.finish();
  });

  test('loses what it had to another that is there, within twice the heartbeat’s timeout', () => {
    const { laws, wait } = frozen();
    const since = laws.now;
    laws.linked(1, true);
    laws.alive(1, true);
    wait(1);
    laws.turn();
    expect(laws.attempts.map(({ socket }) => socket)).toEqual([0, 1]);
    expect(laws.now - since).toBeLessThan(1_000_000);
    laws.finish();
  });
});

function scripts(step: fc.Arbitrary<Step>): fc.Arbitrary<Step[]> {
  return fc.array(step, { maxLength: 120, size: 'max' });
}

function play(given: ClientCase, otherSide: OtherSide, steps: readonly Step[]): void {
  const laws = new ClientLaws(given, otherSide);
  for (let socket = 0; socket < laws.sockets; socket++) laws.linked(socket, true);
  for (const step of steps) take(laws, step);
  laws.finish();
}

function take(laws: ClientLaws, step: Step): void {
  const attempt = 'which' in step ? laws.attempts.at(-1 - step.which) : undefined;
  const socket = 'which' in step ? laws.socketAt(step.which) : 0;
  if (step.do === 'transact') laws.transact(step.ms * 1000, step.once ? 'at-most-once' : 'at-least-once');
  else if (step.do === 'pass') laws.pass(step.us);
  else if (step.do === 'turn') laws.turn();
  else if (step.do === 'abandon') laws.abandon(step.which % 10);
  else if (step.do === 'endpoints') laws.endpoints(step.list);
  else if (step.do === 'link') laws.linked(socket, step.up);
  else if (step.do === 'alive') laws.alive(socket, step.able);
  else if (step.do === 'junk') laws.receive(socket, step.frames);
  else if (step.do === 'odd') laws.odd(step.socket, step.token);
  else if (attempt === undefined) return;
  else if (step.do === 'answer') laws.answer(attempt, step.kind);
  else if (step.do === 'answer of another') laws.answerOfAnother(attempt);
  else if (step.do === 'unsent') laws.unsent(attempt);
  else if (step.do === 'mutated') laws.mutated(attempt, step.kind, step.changes);
  else if (step.do === 'forged') laws.forged(attempt, step.kind, laws.socketAt(step.socket));
  else if (step.do === 'any kind') laws.mutated(attempt, Kind.reply, [[4, step.kind]]);
}

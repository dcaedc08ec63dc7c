import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Linearization, linearize, type Model, type Operation } from '../../harness/linearizability.ts';

type Input = readonly ['read'] | readonly ['write', number] | readonly ['cas', number, number];
type Answer = number | boolean | null | undefined;
type Step = readonly [input: Input, output: Answer, called: number, returned: number];

/** A register that holds nothing but what was written, and knows compare-and-set. */
function register(initial: number | null): Model<number | null, Input, Answer> {
  return {
    initial,
    step(state, input, output) {
      if (input[0] === 'read') return output === undefined || output === state ? state : undefined;
      if (input[0] === 'write') return input[1];
      const isSet = input[1] === state;
      if (output !== undefined && output !== isSet) return undefined;
      return isSet ? input[2] : state;
    },
    key: String,
  };
}

function outcomeOf(initial: number | null, steps: readonly Step[]): Linearization['outcome'] {
  const operations = steps.map(([input, output, called, returned]) => ({ input, output, called, returned }));
  const { outcome, order } = linearize(register(initial), operations as Operation<Input, Answer>[]);
  if (outcome === 'linearizable') expect(explains(initial, steps, order)).toBe(true);
  return outcome;
}

/** Whether that order keeps to real time, to every answer, and leaves out none that returned. */
function explains(initial: number | null, steps: readonly Step[], order: readonly number[]): boolean {
  const model = register(initial);
  let state: number | null = initial;
  for (const [place, one] of order.entries()) {
    const [input, output, called] = steps[one]!;
    if (order.slice(place + 1).some((later) => steps[later]![3] < called)) return false;
    const next = model.step(state, input, output);
    if (next === undefined) return false;
    state = next;
  }
  return steps.every(([, , , returned], one) => returned === never || order.includes(one));
}

const never = Number.POSITIVE_INFINITY;

/** Adds, and answers with what it has come to. */
const counter: Model<number, number, number> = {
  initial: 0,
  step: (state, added, output) => (output === undefined || output === state + added ? state + added : undefined),
  key: String,
};

describe('a counter', () => {
  const outcome = (...steps: readonly (readonly [added: number, output: number | undefined, number, number])[]) => {
    const operations = steps.map(([input, output, called, returned]) => ({ input, output, called, returned }));
    return linearize(counter, operations).outcome;
  };

  it('has each addition once: an answer lost on the way may have counted, and not twice', () => {
    expect(outcome([1, 1, 0, 10], [1, undefined, 5, never], [1, 3, 20, 30])).toBe('linearizable');
    expect(outcome([1, 1, 0, 10], [1, undefined, 5, never], [1, 2, 20, 30])).toBe('linearizable');
    expect(outcome([1, 1, 0, 10], [1, undefined, 5, never], [1, 4, 20, 30])).toBe('not linearizable');
  });

  it('gives no answer that another must have had, nor one from before', () => {
    expect(outcome([1, 1, 0, 10], [1, 1, 5, 15])).toBe('not linearizable');
    expect(outcome([1, 2, 0, 10], [1, 1, 5, 15])).toBe('linearizable');
    expect(outcome([1, 2, 0, 10], [1, 1, 20, 30])).toBe('not linearizable');
  });
});

const read: Input = ['read'];
const write = (value: number): Input => ['write', value];

describe('published histories', () => {
  // MIT 6.824, quiz 2 of 2017, section VII; as in porcupine_test.go of anishathalye/porcupine, TestRegisterModel.
  it('6.824: two reads during one write may see it in this order', () => {
    const history: Step[] = [
      [write(100), undefined, 0, 100],
      [read, 100, 25, 75],
      [read, 0, 30, 60],
    ];
    expect(outcomeOf(0, history)).toBe('linearizable');
  });

  it('6.824: a read that began after another had seen the write must see it too', () => {
    const history: Step[] = [
      [write(200), undefined, 0, 100],
      [read, 200, 10, 30],
      [read, 0, 40, 90],
    ];
    expect(outcomeOf(0, history)).toBe('not linearizable');
  });

  // The same file, TestZeroDuration.
  it('Porcupine: operations that take no time at all', () => {
    const good: Step[] = [
      [write(100), undefined, 0, 100],
      [read, 100, 25, 75],
      [read, 0, 30, 30],
      [read, 0, 30, 30],
    ];
    const bad: Step[] = [
      [write(200), undefined, 0, 100],
      [read, 200, 10, 10],
      [read, 200, 10, 10],
      [read, 0, 40, 90],
    ];
    expect(outcomeOf(0, good)).toBe('linearizable');
    expect(outcomeOf(0, bad)).toBe('not linearizable');
  });

  // jepsen-io/knossos, data/cas-register/bad/rethink-fail-minimal.edn: a line is a moment.
  it('Knossos: a value that nobody wrote (RethinkDB, cut down)', () => {
    const history: Step[] = [
      [write(0), undefined, 0, 1],
      [read, 3, 2, 4],
      [write(4), undefined, 3, 5],
      [read, 4, 6, 7],
    ];
    expect(outcomeOf(null, history)).toBe('not linearizable');
    expect(outcomeOf(null, history.with(1, [read, 4, 2, 4]))).toBe('linearizable');
  });

  // jepsen-io/knossos, data/cas-register/bad/bad-analysis.edn: process 6 reads and process 20 writes without an answer.
  it('Knossos: two reads of what is not there, beside a crashed read and a crashed write', () => {
    const history: Step[] = [
      [write(2), undefined, 0, 1],
      [read, undefined, 2, never],
      [write(4), undefined, 3, 4],
      [read, 4, 5, 6],
      [write(0), undefined, 7, 8],
      [read, 0, 9, 11],
      [write(1), undefined, 10, never],
      [read, 3, 12, 15],
      [read, 2, 13, 14],
    ];
    expect(outcomeOf(0, history)).toBe('not linearizable');
    expect(outcomeOf(0, history.slice(0, 7))).toBe('linearizable');
  });

  // jepsen-io/knossos, test/knossos/wgl_test.clj: crash-test, sequential-test, preserves-indices-test, read-wrong-initial-value-test.
  it('Knossos: one operation, or two', () => {
    expect(outcomeOf(0, [[write(1), undefined, 0, never]])).toBe('linearizable');
    expect(outcomeOf(0, [[read, 0, 0, 1]])).toBe('linearizable');
    expect(
      outcomeOf(0, [
        [write(1), undefined, 5, 7],
        [read, 2, 99, 100],
      ]),
    ).toBe('not linearizable');
    expect(outcomeOf(0, [[read, 1, 0, 1]])).toBe('not linearizable');
  });
});

describe('an answer that never came', () => {
  it('may have had its effect at any time after the call, or none', () => {
    const open: Step = [write(7), undefined, 0, never];
    expect(outcomeOf(0, [open, [read, 7, 50, 60], [read, 7, 70, 80]])).toBe('linearizable');
    expect(outcomeOf(0, [open, [read, 0, 50, 60], [read, 7, 70, 80]])).toBe('linearizable');
    expect(outcomeOf(0, [open, [read, 0, 50, 60], [read, 0, 70, 80]])).toBe('linearizable');
    expect(outcomeOf(0, [open, [read, 7, 50, 60], [read, 0, 70, 80]])).toBe('not linearizable');
  });

  it('nothing happens before its call', () => {
    const late: Step = [write(7), undefined, 50, never];
    expect(outcomeOf(0, [late, [read, 7, 10, 20]])).toBe('not linearizable');
  });
});

it('says so where it can’t tell within its tries', () => {
  const operations = Array.from({ length: 30 }, (_, n) => ({
    input: write(n),
    output: undefined,
    called: 0,
    returned: 1000,
  }));
  const impossible = { input: read, output: 99, called: 0, returned: 1000 };
  expect(linearize(register(0), [...operations, impossible], 1000).outcome).toBe('undecided');
});

describe('any small history', () => {
  const value = fc.nat(2);
  const steps = fc.array(
    fc
      .record({
        input: fc.oneof(
          fc.constant<Input>(read),
          value.map<Input>((one) => ['write', one]),
          fc.tuple(value, value).map<Input>(([from, to]) => ['cas', from, to]),
        ),
        read: value,
        done: fc.boolean(),
        called: fc.nat(12),
        lasts: fc.nat(6),
        isLost: fc.constantFrom(false, false, false, true),
      })
      .map<Step>(({ input, read, done, called, lasts, isLost }) => {
        const output = input[0] === 'read' ? read : input[0] === 'cas' ? done : undefined;
        return isLost ? [input, undefined, called, never] : [input, output, called, called + lasts];
      }),
    { maxLength: 6 },
  );

  it('is linearizable if and only if some order of it explains it: all are tried', () => {
    let linearizable = 0;
    fc.assert(
      fc.property(steps, (history) => {
        const outcome = outcomeOf(0, history);
        if (outcome === 'linearizable') linearizable++;
        expect(outcome).toBe(isExplained(0, history, []) ? 'linearizable' : 'not linearizable');
      }),
      { numRuns: 500, seed: 1 },
    );
    // Of both kinds there were enough to tell them apart.
    expect(linearizable).toBeGreaterThan(50);
    expect(linearizable).toBeLessThan(450);
  });
});

function isExplained(initial: number, history: readonly Step[], order: readonly number[]): boolean {
  if (explains(initial, history, order)) return true;
  return history.some((_, one) => !order.includes(one) && isExplained(initial, history, [...order, one]));
}

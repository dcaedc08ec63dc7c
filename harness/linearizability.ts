/**
 * Whether a history could have come of one object that does one operation at a time, each at some moment between its call and
 * its return. After J. M. Wing and C. Gong, "Testing and Verifying Concurrent Objects", 1993, with G. Lowe's memory of
 * configurations that were seen ("Testing for linearizability", 2017), as Knossos and Porcupine have it.
 */

/** What the object does: a pure function of its state. */
export interface Model<State, Input, Output> {
  readonly initial: State;
  /** The state after the operation, or undefined where it could not have answered that. Undefined output: any will do. */
  step(state: State, input: Input, output: Output | undefined): State | undefined;
  /** The same for the same state, and for no other. */
  key(state: State): string;
}

/** One operation. An answer that never came leaves `output` undefined and `returned` at Infinity: it may happen for ever after. */
export interface Operation<Input, Output> {
  readonly input: Input;
  readonly output: Output | undefined;
  readonly called: number;
  readonly returned: number;
}

export interface Linearization {
  readonly outcome: 'linearizable' | 'not linearizable' | 'undecided';
  /** The operations, by index, in an order that explains all of them; or in the longest that explains a beginning. */
  readonly order: readonly number[];
}

/** Gives up, as undecided, after so many tries: the cost grows exponentially with what is open at once. */
export function linearize<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  triesMax = 2_000_000,
): Linearization {
  const search = new Search(model, operations);
  for (let tries = 0; tries < triesMax; tries++) {
    const outcome = search.next();
    if (outcome !== undefined) return { outcome, order: search.longest };
  }
  return { outcome: 'undecided', order: search.longest };
}

/** A call, or its return, in a list from which both are lifted once the operation has its place. */
interface Event {
  readonly operation: number;
  readonly isCall: boolean;
  readonly at: number;
  before: Event | undefined;
  after: Event | undefined;
}

class Search<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #head: Event;
  readonly #returns: readonly Event[];
  /** Operations that have their place, each with its call and the state before it. */
  readonly #placed: { readonly call: Event; readonly state: State }[] = [];
  readonly #seen = new Set<string>();
  /** One bit for each operation that has its place. */
  readonly #done: Uint32Array;
  /** Operations that must have a place in the end: those that never returned need not have happened. */
  #left: number;
  #state: State;
  #at: Event | undefined;
  longest: readonly number[] = [];

  constructor(model: Model<State, Input, Output>, operations: readonly Operation<Input, Output>[]) {
    this.#model = model;
    this.#operations = operations;
    this.#state = model.initial;
    this.#done = new Uint32Array(Math.ceil(operations.length / 32));
    this.#left = operations.filter(({ returned }) => Number.isFinite(returned)).length;
    const { head, returns } = listOf(operations);
    this.#head = head;
    this.#returns = returns;
    this.#at = head.after;
  }

  /** One step; an outcome once there is one. */
  next(): Linearization['outcome'] | undefined {
    if (this.#left === 0) {
      this.longest = this.#order();
      return 'linearizable';
    }
    const event = this.#at;
    if (event?.isCall) {
      if (!this.#place(event)) this.#at = event.after;
      return undefined;
    }
    // An operation has returned that has no place yet, so what was placed before is wrong somewhere.
    const last = this.#placed.pop();
    if (last === undefined) return 'not linearizable';
    this.#takeBack(last.call, last.state);
    return undefined;
  }

  /** Lets the operation happen now, where it can and where that leads to what was not seen before. */
  #place(call: Event): boolean {
    const { input, output, returned } = this.#operations[call.operation]!;
    const state = this.#model.step(this.#state, input, output);
    if (state === undefined) return false;
    this.#flip(call.operation);
    const configuration = `${this.#done.join()};${this.#model.key(state)}`;
    if (this.#seen.has(configuration)) {
      this.#flip(call.operation);
      return false;
    }
    this.#seen.add(configuration);
    this.#placed.push({ call, state: this.#state });
    this.#state = state;
    if (Number.isFinite(returned)) this.#left--;
    for (const event of [call, this.#returns[call.operation]!]) {
      event.before!.after = event.after;
      if (event.after !== undefined) event.after.before = event.before;
    }
    this.#at = this.#head.after;
    if (this.#placed.length > this.longest.length) this.longest = this.#order();
    return true;
  }

  #order(): number[] {
    return this.#placed.map(({ call }) => call.operation);
  }

  #takeBack(call: Event, state: State): void {
    this.#flip(call.operation);
    this.#state = state;
    if (Number.isFinite(this.#operations[call.operation]!.returned)) this.#left++;
    for (const event of [this.#returns[call.operation]!, call]) {
      event.before!.after = event;
      if (event.after !== undefined) event.after.before = event;
    }
    this.#at = call.after;
  }

  #flip(operation: number): void {
    this.#done[operation >> 5]! ^= 1 << (operation & 31);
  }
}

/** Calls and returns in the order of their stamps; of the same stamp calls first, so that those that touch are concurrent. */
function listOf(operations: readonly Operation<unknown, unknown>[]): {
  readonly head: Event;
  readonly returns: readonly Event[];
} {
  const eventOf = (operation: number, isCall: boolean, at: number): Event => {
    return { operation, isCall, at, before: undefined, after: undefined };
  };
  const calls = operations.map(({ called }, operation) => eventOf(operation, true, called));
  const returns = operations.map(({ returned }, operation) => eventOf(operation, false, returned));
  const ordered = [...calls, ...returns].sort((a, b) => {
    return a.at === b.at ? Number(b.isCall) - Number(a.isCall) : a.at < b.at ? -1 : 1;
  });
  const head = eventOf(-1, false, Number.NEGATIVE_INFINITY);
  let last = head;
  for (const event of ordered) {
    event.before = last;
    last.after = event;
    last = event;
  }
  return { head, returns };
}

/**
 * What libzmq draws: from `rand()` of the C library, which nobody has seeded, so that the numbers are the same in every
 * process. Of glibc: an additive feedback generator, x(i) = x(i-3) + x(i-31), seeded with 1. libzmq takes two for each
 * (`generate_random`): one, and the lowest bit of the next at its top.
 */
export class Unseeded {
  readonly #state: number[] = seeded();

  /** Of 32 bits. */
  draw(): number {
    const low = this.#next();
    return (low | (this.#next() << 31)) >>> 0;
  }

  #next(): number {
    const { length } = this.#state;
    const sum = (this.#state[length - 3]! + this.#state[length - 31]!) >>> 0;
    this.#state.push(sum);
    this.#state.shift();
    return sum >>> 1;
  }
}

function seeded(): number[] {
  const state = [1];
  for (let i = 1; i < 31; i++) state.push((16807 * state[i - 1]!) % 2147483647);
  for (let i = 31; i < 34; i++) state.push(state[i - 31]!);
  for (let i = 34; i < 344; i++) state.push((state[i - 31]! + state[i - 3]!) >>> 0);
  return state.slice(-31);
}

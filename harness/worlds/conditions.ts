/** One direction of a link as its faults have it now, in either world. All connections of the link follow it. */
import type { Frames } from '../../patterns/machine.ts';
import { drawNth } from '../../patterns/parts/chance.ts';
import { type Impairment, type MessageImpairment, narrowing } from './impairment.ts';

type Kind = Impairment['kind'];

/** What is to be done with a message, and by whose order. */
export interface Fate {
  readonly kind: 'pass' | 'grey' | MessageImpairment['kind'];
  readonly id: number;
}

export class Conditions {
  readonly #seed: number;
  readonly #isHeartbeat: (frames: Frames) => boolean;
  readonly #struck: (id: number) => void;
  readonly #active = new Map<number, Impairment>();
  /** How many messages have come since each was set; or how many draws it has made, from its own beginning: no other's change them. */
  readonly #counts = new Map<number, number>();

  /** @param struck is told of each message that meets its fate. */
  constructor(
    seed: number,
    isHeartbeat: (frames: Frames) => boolean = () => false,
    struck: (id: number) => void = () => undefined,
  ) {
    this.#seed = seed;
    this.#isHeartbeat = isHeartbeat;
    this.#struck = struck;
  }

  set(id: number, impairment: Impairment): void {
    this.#active.set(id, impairment);
    this.#counts.set(id, 0);
  }

  unset(id: number): void {
    this.#active.delete(id);
    this.#counts.delete(id);
  }

  /** Whether what is kept by that order is still to be kept. */
  has(id: number): boolean {
    return this.#active.has(id);
  }

  fateOf(message: Frames): Fate {
    if (this.isClear || this.#isHeartbeat(message)) return passing;
    let fate: Fate = passing;
    for (const [id, impairment] of this.#active) {
      if (impairment.kind === 'grey') fate = { kind: 'grey', id };
      if (!('message' in impairment) || this.#count(id) + 1 !== impairment.message) continue;
      fate = { kind: impairment.kind, id };
      this.#struck(id);
    }
    return fate;
  }

  /** Nothing is the matter with it. */
  get isClear(): boolean {
    return this.#active.size === 0;
  }

  get isHeld(): boolean {
    return this.is('hold');
  }

  get isCut(): boolean {
    return this.is('cut');
  }

  get isBarred(): boolean {
    return this.is('drop-packets');
  }

  is(kind: Kind): boolean {
    for (const one of this.#active.values()) if (one.kind === kind) return true;
    return false;
  }

  /** What comes next waits so long, in milliseconds. By a chance of the caller's, or by how many came before it. */
  delayMs(chance: (id: number) => number = (id) => this.#chance(id)): number {
    let ms = 0;
    for (const [id, { delayMs, jitterMs }] of this.#of('delay')) ms += delayMs + jitterMs * chance(id);
    return ms;
  }

  /** The narrowest of them. */
  get bytesPerSec(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#of('bandwidth').map(([, { bytesPerSec }]) => bytesPerSec));
  }

  /** Whether what comes waits for what came before it. */
  get isNarrow(): boolean {
    return [...this.#active.values()].some(({ kind }) => narrowing.has(kind));
  }

  /** How many bytes go together, and what is left between them. */
  slice(): { readonly bytes: number; readonly gapMs: number } | undefined {
    const [first] = this.#of('slice');
    if (first === undefined) return undefined;
    const [id, { bytesMax, gapMs }] = first;
    return { bytes: 1 + Math.floor(bytesMax * this.#chance(id)), gapMs };
  }

  #chance(id: number): number {
    return drawNth(this.#seed, this.#count(id));
  }

  /** How often that was asked for before. */
  #count(id: number): number {
    const count = this.#counts.get(id)!;
    this.#counts.set(id, count + 1);
    return count;
  }

  #of<K extends Kind>(kind: K): [id: number, Extract<Impairment, { kind: K }>][] {
    return [...this.#active].filter((one): one is [number, Extract<Impairment, { kind: K }>] => one[1].kind === kind);
  }
}

export const passing: Fate = { kind: 'pass', id: 0 };

/** One direction of a link as its faults have it now. All connections of the link follow it. */
import { drawNth } from '../../../../patterns/parts/chance.ts';
import type { Impairment, MessageImpairment } from '../../impairment.ts';
import type { Unit } from './follower.ts';

type Kind = Impairment['kind'];

/** What is to be done with a message, and by whose order. */
export interface Fate {
  readonly kind: 'pass' | 'grey' | MessageImpairment['kind'];
  readonly id: number;
}

export class Conditions {
  readonly #seed: number;
  readonly #isHeartbeat: (frames: readonly Uint8Array[]) => boolean;
  readonly #struck: (id: number) => void;
  readonly #active = new Map<number, Impairment>();
  /** How many messages have come since each was set. */
  readonly #counts = new Map<number, number>();
  #draws = 0;

  /** @param struck is told of each message that meets its fate. */
  constructor(
    seed: number,
    isHeartbeat: (frames: readonly Uint8Array[]) => boolean = () => false,
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

  fateOf({ kind, frames }: Unit): Fate {
    if (kind !== 'message' || this.#active.size === 0 || this.#isHeartbeat(frames)) return passing;
    let fate: Fate = passing;
    for (const [id, impairment] of this.#active) {
      if (impairment.kind === 'grey') fate = { kind: 'grey', id };
      if (!('message' in impairment)) continue;
      const count = this.#counts.get(id)! + 1;
      this.#counts.set(id, count);
      if (count !== impairment.message) continue;
      fate = { kind: impairment.kind, id };
      this.#struck(id);
    }
    return fate;
  }

  get isHeld(): boolean {
    return this.#is('hold');
  }

  get isCut(): boolean {
    return this.#is('cut');
  }

  /** What the next bytes wait, in milliseconds. */
  delayMs(): number {
    let ms = 0;
    for (const one of this.#of('delay')) ms += one.delayMs + one.jitterMs * drawNth(this.#seed, this.#draws++);
    return ms;
  }

  /** The narrowest of them. */
  get bytesPerSec(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#of('bandwidth').map(({ bytesPerSec }) => bytesPerSec));
  }

  /** How many bytes go together, and what is left between them. */
  slice(): { readonly bytes: number; readonly gapMs: number } | undefined {
    const [one] = this.#of('slice');
    if (one === undefined) return undefined;
    return { bytes: 1 + Math.floor(one.bytesMax * drawNth(this.#seed, this.#draws++)), gapMs: one.gapMs };
  }

  #is(kind: Kind): boolean {
    return this.#of(kind).length > 0;
  }

  #of<K extends Kind>(kind: K): Extract<Impairment, { kind: K }>[] {
    return [...this.#active.values()].filter((one): one is Extract<Impairment, { kind: K }> => one.kind === kind);
  }
}

const passing: Fate = { kind: 'pass', id: 0 };

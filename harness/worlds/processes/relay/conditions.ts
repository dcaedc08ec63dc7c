/** One direction of a link as its faults have it now. All connections of the link follow it. */
import { drawNth } from '../../../../patterns/parts/chance.ts';
import type { Impairment } from '../../impairment.ts';

type Kind = Impairment['kind'];

export class Conditions {
  readonly #seed: number;
  readonly #active = new Map<number, Impairment>();
  #draws = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  set(id: number, impairment: Impairment): void {
    this.#active.set(id, impairment);
  }

  unset(id: number): void {
    this.#active.delete(id);
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

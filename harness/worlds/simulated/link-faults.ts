/** What is the matter with the links between nodes, and the connections that follow it. As the proxy of the other world does it. */
import type { Frames } from '../../../patterns/machine.ts';
import { seedFrom } from '../../../patterns/parts/chance.ts';
import { Conditions } from '../conditions.ts';
import { type Direction, type Impairment, leavesHoles } from '../impairment.ts';
import type { Link } from './link.ts';

/** The two ends of a link, in the order in which a request passes them. */
export type Ends = readonly [from: string, to: string];

export interface LinkFaultsSetup {
  readonly seed: number;
  /** What counts for no message. */
  readonly isHeartbeat?: ((frames: Frames) => boolean) | undefined;
  /** A message met its fate, by that impairment. */
  readonly struck?: (id: number) => void;
  /** To be told by whoever looks on. */
  readonly happened?: ((what: string) => void) | undefined;
}

export class LinkFaults {
  readonly #setup: LinkFaultsSetup;
  /** By the two nodes, of the way from the one to the other. */
  readonly #conditions = new Map<string, Conditions>();
  readonly #links = new Set<Link>();
  #waiting: (() => void)[] = [];

  constructor(setup: LinkFaultsSetup) {
    this.#setup = setup;
  }

  /** Of the way from the one to the other, and of the way back. */
  between(one: string, other: string): readonly [Conditions, Conditions] {
    return [this.#way(one, other), this.#way(other, one)];
  }

  happened(what: string): void {
    this.#setup.happened?.(what);
  }

  /** How many there are. */
  connectionsOf(ends: Ends): number {
    return this.#of(ends).length;
  }

  /** A connection more. */
  follow(link: Link): void {
    this.#links.add(link);
  }

  /** The connection is over, and both its ends know. */
  forget(link: Link): void {
    this.#links.delete(link);
  }

  /** When the next change of anything is: for those who can't connect as things are. */
  whenChanged(go: () => void): void {
    this.#waiting.push(go);
  }

  /** @param id names it for its end. */
  impair(id: number, impairment: Impairment, ends: Ends, directions: readonly Direction[]): void {
    const { kind } = impairment;
    const senders = directions.map((one) => (one === 'requests' ? ends[0] : ends[1]));
    if (kind === 'half-close') for (const link of this.#of(ends)) for (const one of senders) link.halfClose(one);
    else if (kind === 'half-open') for (const link of this.#of(ends)) for (const one of senders) link.halfOpen(one);
    else if (kind !== 'reset') {
      for (const one of directions) this.#direction(ends, one).set(id, impairment);
      this.#changed(ends);
    }
    if (resetsAtOnce.has(kind)) this.#reset(ends);
  }

  heal(id: number, { kind }: Impairment, ends: Ends): void {
    for (const one of this.between(...ends)) one.unset(id);
    if (leavesHoles.has(kind)) this.#reset(ends);
    this.#changed(ends);
  }

  #reset(ends: Ends): void {
    for (const link of this.#of(ends)) link.reset();
  }

  #changed(ends: Ends): void {
    for (const link of this.#of(ends)) link.changed();
    for (const go of this.#waiting.splice(0)) go();
  }

  #of(ends: Ends): Link[] {
    return [...this.#links].filter((link) => link.isBetween(...ends));
  }

  #direction([from, to]: Ends, direction: Direction): Conditions {
    return direction === 'requests' ? this.#way(from, to) : this.#way(to, from);
  }

  #way(from: string, to: string): Conditions {
    const key = `${from}>${to}`;
    let found = this.#conditions.get(key);
    if (found === undefined) {
      const { seed, isHeartbeat, struck } = this.#setup;
      found = new Conditions(seedFrom(seed, key), isHeartbeat, struck);
      this.#conditions.set(key, found);
    }
    return found;
  }
}

const resetsAtOnce: ReadonlySet<Impairment['kind']> = new Set(['reset', 'refuse', 'accept-only']);

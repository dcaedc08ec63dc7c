/**
 * What handlers do: nothing at or after a request's deadline, and nothing twice in one life of a server that remembers. A
 * broker that stood still may deliver what its client has had from elsewhere: that is executed once more.
 */
import type { IncomingRequest } from '../../patterns/machine.ts';

export class Executions {
  /** By node: what took effect in its present life. */
  readonly #done = new Map<string, Set<number>>();
  readonly #remembers: boolean;
  readonly #isDirect: boolean;
  readonly #violated: (kind: string, detail: string) => void;

  constructor(
    settings: Readonly<Record<string, unknown>>,
    isDirect: boolean,
    violated: (kind: string, detail: string) => void,
  ) {
    const limit = Number(settings['replyCacheLimit'] ?? 0);
    const bytes = Number(settings['replyCacheBytes'] ?? 0);
    this.#remembers = limit >= enough && bytes >= enoughBytes && settings['leases'] !== false;
    this.#isDirect = isDirect;
    this.#violated = violated;
  }

  begins(node: string, { sequence, deadline }: IncomingRequest, now: number): void {
    if (now >= deadline) this.#violated('too late', `${node} began ${sequence} when its time was over`);
  }

  tookEffect(node: string, { sequence, deadline }: IncomingRequest, now: number): void {
    if (now >= deadline) this.#violated('too late', `${sequence} took effect at ${node} when its time was over`);
    if (!this.#remembers) return;
    const done = this.#done.get(node) ?? new Set();
    this.#done.set(node, done);
    if (done.has(sequence)) this.#violated('not remembered', `${node} executed ${sequence} twice in one life`);
    done.add(sequence);
  }

  settled(sequence: number): void {
    if (!this.#isDirect) for (const done of this.#done.values()) done.delete(sequence);
  }

  died(node: string): void {
    this.#done.delete(node);
  }
}

/** More than a run has transactions, and their answers bytes. */
const enough = 4096;
const enoughBytes = 16_777_216;

/**
 * What handlers do: nothing at or after a request's deadline, and nothing twice in one life of a server that remembers. A
 * broker that stood still may deliver what its client has had from elsewhere: that is executed once more. So is what a
 * link delivers behind its client's next in that slot, by which the server knows that the one before has settled.
 */
import type { IncomingRequest } from '../../patterns/machine.ts';
import type { Scenario } from '../scenario.ts';

export class Executions {
  /** By node: what took effect in its present life. */
  readonly #done = new Map<string, Set<number>>();
  readonly #remembers: boolean;
  readonly #isDirect: boolean;
  readonly #violated: (kind: string, detail: string) => void;

  constructor(
    scenario: Scenario,
    settings: Readonly<Record<string, unknown>>,
    isDirect: boolean,
    violated: (kind: string, detail: string) => void,
  ) {
    const limit = Number(settings['replyCacheLimit'] ?? 0);
    const bytes = Number(settings['replyCacheBytes'] ?? 0);
    const hasRoom = limit >= enough && bytes >= enoughBytes;
    this.#remembers = hasRoom && settings['leases'] !== false && !mayOvertake(scenario, settings);
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

/** Whether what a client sent first may come last: over several connections, or as nothing but a fault makes it. */
function mayOvertake({ faults }: Scenario, { slots }: Readonly<Record<string, unknown>>): boolean {
  return faults.some(({ fault, target }) => fault === 'hold-message' || (slots !== undefined && target.includes('/')));
}

/** More than a run has transactions, and their answers bytes. */
const enough = 4096;
const enoughBytes = 16_777_216;

/** Runs scripts over the model, in virtual time. */
import type { Direction, Impairment } from '../../harness/worlds/impairment.ts';
import { EventQueue } from '../../harness/worlds/simulated/event-queue.ts';
import { Network } from '../../harness/worlds/simulated/network.ts';
import { SimulatedProcess } from '../../harness/worlds/simulated/process.ts';
import { ScriptMachine, type ScriptNode, type Sending, type Sight } from './nodes/script-machine.ts';
import type { Bench } from './script.ts';

export class ModelBench implements Bench {
  readonly #queue = new EventQueue(1_000_000);
  readonly #network: Network;
  readonly #processes = new Map<string, SimulatedProcess<ScriptMachine>>();
  readonly #cures: (() => void)[] = [];
  #lives = 0;
  #impairments = 0;
  readonly #quietsMicros: number;

  /** @param isTimed whether it waits for no longer than it is asked to. */
  constructor(seed: number, isTimed = false) {
    this.#quietsMicros = isTimed ? 1000 : quietsMicros;
    this.#network = new Network(this.#queue, seed);
  }

  get now(): number {
    return this.#queue.now;
  }

  endpointOf(name: string): string {
    return `tcp://${name}`;
  }

  doorOf(_caller: string, listener: string): string {
    return this.endpointOf(listener);
  }

  async start(name: string, node: ScriptNode): Promise<void> {
    const make = (effects: ConstructorParameters<typeof ScriptMachine>[1]) => new ScriptMachine(node, effects);
    const failed = (error: unknown) => {
      throw error;
    };
    this.#processes.set(name, new SimulatedProcess(this.#network, `${name}/${++this.#lives}`, make, {}, failed));
  }

  async kill(name: string): Promise<void> {
    this.#processes.get(name)!.end();
    this.#processes.delete(name);
  }

  async stop(name: string): Promise<void> {
    this.#processes.get(name)!.end(true);
    this.#processes.delete(name);
  }

  async pause(name: string): Promise<void> {
    this.#processes.get(name)!.pause(undefined, () => undefined);
  }

  async resume(name: string): Promise<void> {
    this.#processes.get(name)!.resume();
  }

  async stall(name: string, forMs: number): Promise<void> {
    this.#processes.get(name)!.stall(forMs * 1000);
  }

  async send(name: string, sending: Sending): Promise<void> {
    const process = this.#processes.get(name)!;
    process.call(() => process.machine.send(sending));
    this.#run(hurriedMicros);
  }

  async impair(
    caller: string,
    listener: string,
    impairment: Impairment,
    directions: readonly Direction[],
  ): Promise<void> {
    const id = ++this.#impairments;
    const ends = [caller, listener] as const;
    this.#network.faults.impair(id, impairment, ends, directions);
    this.#cures.push(() => this.#network.faults.heal(id, impairment, ends));
  }

  async heal(): Promise<void> {
    for (const cure of this.#cures.splice(0)) cure();
  }

  async quiet(forMs: number): Promise<ReadonlyMap<string, readonly Sight[]>> {
    this.#run(forMs * this.#quietsMicros);
    return new Map([...this.#processes].map(([name, { machine }]) => [name, machine.log]));
  }

  async end(): Promise<void> {}

  #run(micros: number): void {
    const end = this.#queue.now + micros;
    this.#queue.at(end, () => undefined);
    while (this.#queue.next <= end) this.#queue.step();
  }
}

const hurriedMicros = 200;
/** Three times as long as asked for: it costs nothing. */
const quietsMicros = 3000;

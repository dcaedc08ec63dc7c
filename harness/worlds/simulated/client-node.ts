/** The load's client as a fault finds it: it can stand still, and nothing else is done to it. */
import type { NodeState } from '../../history.ts';
import type { NodeRole, WorldNode } from '../world.ts';
import type { SimulatedProcess } from './process.ts';

export class ClientNode implements WorldNode {
  readonly name = 'client';
  readonly role: NodeRole = 'client';
  readonly #process: SimulatedProcess;
  readonly #resolve: (resolve: () => void) => void;
  readonly #changed: (state: NodeState) => void;

  constructor(process: SimulatedProcess, resolve: (resolve: () => void) => void, changed: (state: NodeState) => void) {
    this.#process = process;
    this.#resolve = resolve;
    this.#changed = changed;
  }

  kill(): Promise<void> {
    throw new Error('the load client can’t be killed');
  }

  pause(): Promise<void> {
    return new Promise((frozen) => {
      this.#process.pause(undefined, () => {
        this.#changed('paused');
        this.#resolve(frozen);
      });
    });
  }

  async resume(): Promise<void> {
    this.#changed('up');
    this.#process.resume();
  }

  async recover(): Promise<void> {}
  async halt(): Promise<void> {}
  release(): void {}
}

/** The load's client as a fault finds it: it can stand still, and it can die and come back as another. */
import type { NodeState } from '../../history.ts';
import type { NodeRole, WorldNode } from '../world.ts';
import type { SimulatedLoadClient } from './load-client.ts';
import type { Moments } from './moments.ts';
import type { Starts } from './starts.ts';

export interface ClientNodeSetup {
  readonly client: SimulatedLoadClient;
  readonly starts: Starts;
  readonly chance: Moments;
  /** Tells the script that waits that its time has come. */
  resolve(resolve: () => void): void;
  changed(state: NodeState): void;
}

export class ClientNode implements WorldNode {
  readonly name = 'client';
  readonly role: NodeRole = 'client';
  readonly #setup: ClientNodeSetup;

  constructor(setup: ClientNodeSetup) {
    this.#setup = setup;
  }

  async kill(): Promise<void> {
    const { client, changed } = this.#setup;
    if (!client.isAlive) return;
    client.die();
    changed('dead');
  }

  pause(): Promise<void> {
    const { client, resolve, changed } = this.#setup;
    if (client.process.state !== 'running') return Promise.resolve();
    return new Promise((frozen) => {
      client.process.pause(undefined, (isFrozen) => {
        if (isFrozen) changed('paused');
        resolve(frozen);
      });
    });
  }

  async resume(): Promise<void> {
    const { client, changed } = this.#setup;
    if (client.process.state !== 'paused') return;
    changed('up');
    client.process.resume();
  }

  /** Nobody restarts a client but the cure. */
  recover(): Promise<void> {
    const { client, starts, chance, resolve, changed } = this.#setup;
    if (client.isAlive) return Promise.resolve();
    return new Promise((up) => {
      starts.begin(chance.draw(), () => {
        client.revive();
        changed('up');
        resolve(up);
      });
    });
  }

  async halt(): Promise<void> {}
  release(): void {}
}

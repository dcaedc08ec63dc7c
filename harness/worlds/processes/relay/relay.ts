/** The harness's end of the proxy: starts its process, and has its links be as faults want them. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Cure } from '../../../faults/fault.ts';
import type { Direction, Impairment, LinkVictim } from '../../impairment.ts';
import type { Reaper } from '../reaper.ts';
import type { FromRelay, RelaySpec, ToRelay } from './relay-spec.ts';

export class Relay {
  readonly links: readonly LinkVictim[];
  readonly #process: ChildProcess;
  readonly #ready: Promise<void>;
  readonly #waiting = new Map<number, { done(): void; failed(error: Error): void }>();
  readonly #struck = new Map<number, (at: number) => void>();
  #ids = 0;

  constructor(spec: RelaySpec, reaper: Reaper) {
    this.#process = fork(entry, [JSON.stringify(spec)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    if (this.#process.pid !== undefined) reaper.watch(this.#process.pid);
    this.links = spec.links.map(({ name }) => ({
      name,
      impair: (impairment, directions, struck) => this.#impair(name, impairment, directions, struck),
    }));
    this.#ready = new Promise((resolve, reject) => {
      this.#process.on('message', (message: FromRelay) => {
        if (message.said === 'ready') resolve();
        else if (message.said === 'struck') this.#struck.get(message.id)?.(message.at);
        else if (message.said === 'done') this.#settle(message.id);
        else if (message.id === undefined) reject(new Error(`relay: ${message.message}`));
        else this.#settle(message.id, new Error(`relay: ${message.message}`));
      });
      this.#process.once('exit', () => {
        const error = new Error('the relay ended early');
        reject(error);
        for (const { failed } of this.#waiting.values()) failed(error);
      });
    });
    this.#ready.catch(() => undefined);
  }

  /** Resolves once every door is open. */
  ready(): Promise<void> {
    return this.#ready;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }

  async #impair(
    link: string,
    impairment: Impairment,
    directions: readonly Direction[],
    struck: (at: number) => void = () => undefined,
  ): Promise<Cure> {
    const id = ++this.#ids;
    this.#struck.set(id, struck);
    await this.#tell({ tell: 'impair', id, link, impairment, directions });
    return () => this.#tell({ tell: 'heal', id });
  }

  #tell(message: ToRelay): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.set(message.id, { done, failed });
      this.#process.send(message);
    });
  }

  #settle(id: number, error?: Error): void {
    const one = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) one?.done();
    else one?.failed(error);
  }
}

const entry = fileURLToPath(new URL('./relay-process.js', import.meta.url));

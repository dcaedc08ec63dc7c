/** A peer of another make: one of the Python programs beside this file, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What became of the transactions that a peer made. */
export interface Tally {
  readonly count: number;
  readonly right: number;
  readonly mixed_up: number;
  readonly lost: number;
  readonly retries: number;
  readonly seconds: number;
}

export class Peer {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #lines: AsyncIterator<string>;
  #said = '';

  private constructor(python: string, program: string, args: readonly string[]) {
    const path = fileURLToPath(new URL(`${program}.py`, import.meta.url));
    // -B: no compiled files among the sources.
    this.#process = spawn(python, ['-B', path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = once(this.#process, 'close');
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
    this.#process.stderr!.on('data', (chunk) => {
      this.#said = (this.#said + chunk).slice(-2000);
    });
  }

  /** One that answers, once it says that it is ready. */
  static async serving(python: string, program: string, ...args: string[]): Promise<Peer> {
    const peer = new Peer(python, program, args);
    await peer.#line(`${program} to be ready`);
    return peer;
  }

  /** One that asks, to its end. */
  static async asking(python: string, program: string, ...args: string[]): Promise<Tally> {
    const peer = new Peer(python, program, args);
    try {
      return JSON.parse(await peer.#line(`${program} to report`));
    } finally {
      await peer.stop();
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) this.#process.kill('SIGKILL');
    await this.#ended;
  }

  /** What it complained about. */
  get said(): string {
    return this.#said;
  }

  async #line(what: string): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`waited for ${what}, but it ended: ${this.#said}`);
    return value;
  }
}

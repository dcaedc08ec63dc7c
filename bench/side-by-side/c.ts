/** The program in C, spoken to over its pipes by a process of ours that has nothing else to do. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Asker } from '../throughput/peer.ts';
import { cProgram } from './preparation.ts';

export async function serveC(endpoint: string): Promise<void> {
  await new CProgram('server', endpoint).line();
}

export async function askC(endpoint: string): Promise<Asker> {
  const program = new CProgram('client', endpoint);
  await program.line();
  return async (window, forMs) => {
    program.write(`${window} ${forMs}\n`);
    const [committed, elapsedMs] = (await program.line()).split(' ').map(Number) as [number, number];
    return { committed, failed: 0, elapsedMs };
  };
}

/** It ends when this process does: its stdin ends then. */
class CProgram {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(role: string, endpoint: string) {
    this.#child = spawn(cProgram, [role, endpoint], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  write(line: string): void {
    this.#child.stdin.write(line);
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the program in C ended early');
    return value as string;
  }
}

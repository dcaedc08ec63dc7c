/**
 * A program that answers requests: run anew for each, without a shell, with the request on its stdin and its stdout as
 * the reply. Each run is a process group of its own, so that what it started goes with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { MisuseError } from '../../patterns/transaction.ts';
import { Reaper } from '../worlds/processes/reaper.ts';

export class Program {
  readonly #file: string;
  readonly #args: readonly string[];
  readonly #replyBytesMax: number;
  /** Not even a server that is killed leaves a run behind. */
  readonly #reaper: Reaper;
  /** For each run, what stops it. */
  readonly #stops = new Set<() => void>();

  /** @throws {MisuseError} where there is no such program. */
  constructor(file: string | undefined, args: readonly string[], replyBytesMax: number) {
    if (file === undefined || !isProgram(file))
      throw new MisuseError('exec', file, 'it takes a program that can be run');
    this.#file = file;
    this.#args = args;
    this.#replyBytesMax = replyBytesMax;
    this.#reaper = new Reaper();
  }

  /**
   * Resolves with what one run printed; by then nothing of it is left. Stopped when the signal aborts.
   * @throws {Error} with the last line of its stderr, when it exits with another code than 0.
   */
  async run(request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    // Without a free file descriptor it has no streams, and says so a moment later.
    const child: ChildProcess = spawn(this.#file, this.#args, { detached: true });
    const ended = outcomeOf(child);
    const group = child.pid;
    const stop = () => {
      killGroup(group);
      // What left the group may hold the other end for as long as it likes.
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    const output = new Output(child, this.#replyBytesMax, stop);
    if (group !== undefined) this.#reaper.watch(-group);
    this.#stops.add(stop);
    signal.addEventListener('abort', stop);
    try {
      // Whoever does not read it all may still answer.
      child.stdin?.on('error', () => undefined).end(request);
      if (signal.aborted) stop();
      const failure = await ended;
      if (signal.aborted) throw new Error(`${this.#file} was stopped: the deadline passed`);
      if (output.isTooLarge) throw new Error(`${this.#file} printed more than ${this.#replyBytesMax} bytes`);
      if (failure !== undefined) throw new Error(output.lastError ?? `${this.#file} ${failure}`);
      return output.bytes;
    } finally {
      signal.removeEventListener('abort', stop);
      this.#stops.delete(stop);
      killGroup(group);
      if (group !== undefined) this.#reaper.forget(-group);
    }
  }

  /** Stops whatever still runs. */
  end(): void {
    for (const stop of this.#stops) stop();
  }
}

/** What a run prints: all of its stdout up to a limit, and the end of its stderr. */
class Output {
  readonly #bytesMax: number;
  readonly #whenTooLarge: () => void;
  readonly #parts: Buffer[] = [];
  #length = 0;
  #errors = Buffer.alloc(0);

  constructor(child: ChildProcess, bytesMax: number, whenTooLarge: () => void) {
    this.#bytesMax = bytesMax;
    this.#whenTooLarge = whenTooLarge;
    child.stdout?.on('data', (part: Buffer) => this.#add(part));
    child.stderr?.on('data', (part: Buffer) => {
      this.#errors = Buffer.concat([this.#errors, part]).subarray(-errorBytesMax);
    });
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  get isTooLarge(): boolean {
    return this.#length > this.#bytesMax;
  }

  /** The last line of stderr that has anything in it. */
  get lastError(): string | undefined {
    const lines = this.#errors.toString().split('\n');
    return lines.map((line) => line.trim()).findLast((line) => line !== '');
  }

  #add(part: Buffer): void {
    this.#length += part.length;
    this.#parts.push(part);
    if (this.isTooLarge) this.#whenTooLarge();
  }
}

/** Resolves once a run has ended and all that it printed was read, with what was wrong, or with nothing. */
function outcomeOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve(`could not be run: ${message}`));
    child.once('close', (code, signal) => {
      if (signal !== null) resolve(`was ended by ${signal}`);
      else resolve(code === 0 ? undefined : `exited with code ${code}`);
    });
  });
}

function killGroup(group: number | undefined): void {
  if (group === undefined) return;
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // All of it has gone by itself.
  }
}

/** Looked for as `execvp` does. */
function isProgram(file: string): boolean {
  const folders = file.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => {
    const path = join(folder, file);
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}

const errorBytesMax = 8192;

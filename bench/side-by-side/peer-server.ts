/** A server of somebody else's: on a port of its own, in a folder of its own, and gone with all that after. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../../harness/worlds/processes/ports.ts';
import type { Reaper } from '../../harness/worlds/processes/reaper.ts';
import { findProgram, type ServerProgram } from './server-programs.ts';

/** Why something is not measured. */
export class Absent extends Error {}

export class PeerServer {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
  }

  /**
   * Resolves when it takes connections.
   * @throws {Absent} where there is no such program, or it did not start; `signal`'s reason. Nothing is left behind then.
   */
  static async start(program: ServerProgram, reaper: Reaper, signal: AbortSignal): Promise<PeerServer> {
    const found = findProgram(program);
    if (found === undefined) throw new Absent(`${program.name} is not there (Debian: ${program.debian})`);
    const [port, ...ports] = (await freePorts(3)) as [number, ...number[]];
    const folder = mkdtempSync(join(tmpdir(), 'privateer-peer-'));
    reaper.own(folder);
    const { command, args, env } = program.launch(found, port, folder, ports);
    // A group of its own: Ctrl-C is for us to hear, and what it starts itself goes with it.
    const options = { cwd: folder, env: { ...process.env, ...env }, stdio: 'ignore', detached: true } as const;
    const child = spawn(command, args, options);
    const server = new PeerServer(port, child, folder);
    child.once('error', () => undefined);
    if (child.pid !== undefined) reaper.watch(-child.pid);
    try {
      await server.#listens(program, signal);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Resolves when neither it nor its folder is left. */
  async stop(): Promise<void> {
    const { pid } = this.#child;
    const gone = this.#hasEnded || pid === undefined ? undefined : once(this.#child, 'exit');
    if (pid !== undefined) killGroup(pid);
    await gone;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }

  async #listens({ name, startsWithinMs }: ServerProgram, signal: AbortSignal): Promise<void> {
    const until = performance.now() + startsWithinMs;
    while (!(await takesConnections(this.port))) {
      signal.throwIfAborted();
      if (this.#hasEnded || this.#child.pid === undefined) throw new Absent(`${name} ended instead of starting`);
      if (performance.now() > until) throw new Absent(`${name} did not start within ${startsWithinMs / 1000} s`);
      await delay(50);
    }
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it went by itself.
  }
}

/**
 * Sees to it that nothing outlives the harness, not even a paused child of a harness that was killed. It is a process of
 * its own that holds a pipe to the harness and knows every child's pid; when the pipe closes it kills those left and
 * removes their socket files and network namespaces.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { namespaces, removeNamespaces } from './hosts/namespaces.ts';

/** The harness's end of that pipe. */
export class Reaper {
  readonly #pipe: Writable;

  constructor() {
    const reaper = spawn(process.execPath, [fileURLToPath(import.meta.url), entryMark, String(process.pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // In a session of its own no terminal's Ctrl-C and no hang-up reaches it.
      detached: true,
    });
    reaper.unref();
    this.#pipe = reaper.stdin;
    this.#pipe.on('error', () => undefined);
    (this.#pipe as unknown as { unref(): void }).unref();
  }

  /** A process, or with a minus sign a process group. */
  watch(pid: number): void {
    this.#pipe.write(`+${pid}\n`);
  }

  forget(pid: number): void {
    this.#pipe.write(`-${pid}\n`);
  }

  /** A file or folder that goes when the harness does. */
  own(path: string): void {
    this.#pipe.write(`/${path}\n`);
  }

  /** All network namespaces with such a beginning. */
  ownNamespaces(beginning: string): void {
    this.#pipe.write(`@${beginning}\n`);
  }

  forgetNamespaces(beginning: string): void {
    this.#pipe.write(`!${beginning}\n`);
  }

  /** All that it was told of is gone, or may stay. */
  close(): void {
    this.#pipe.end('.\n');
  }
}

async function reap(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const pids = new Set<number>();
  const paths = new Set<string>();
  const beginnings = new Set<string>();
  let isClosed = false;
  for await (const line of createInterface({ input: process.stdin })) {
    const what = line.slice(1);
    if (line.startsWith('+')) pids.add(Number(what));
    else if (line.startsWith('-')) pids.delete(Number(what));
    else if (line.startsWith('@')) beginnings.add(what);
    else if (line.startsWith('!')) beginnings.delete(what);
    else if (line === '.') isClosed = true;
    else paths.add(what);
  }
  const remove = () => {
    for (const path of paths) rmSync(path, { recursive: true, force: true });
    removeNamespaces([...beginnings].flatMap((one) => namespaces(one)));
  };
  for (const pid of pids) killQuietly(pid);
  remove();
  if (isClosed) return;
  // Whoever was about to make one of them when the harness was killed has made it by then.
  await sleep(makingMs);
  remove();
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It went by itself.
  }
}

const makingMs = 1000;
const entryMark = '--privateer-reaper';
if (process.argv[2] === entryMark) await reap();

/** Brokers and servers as their users start them: real processes, each ended with the test that started it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import { freeEndpoints } from '../../harness/worlds/processes/ports.ts';

const main = fileURLToPath(new URL('../../dist/harness/cli/main.js', import.meta.url));

export interface Replied {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const started = new Set<ChildProcess>();
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started.clear();
});

/** Starts a broker or a server; resolves with its process and its one line once it is ready. */
export async function role(
  ...args: readonly string[]
): Promise<{ readonly child: ChildProcess; readonly line: string }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.add(child);
  const stderr = collected(child.stderr!);
  const line = once(createInterface(child.stdout!), 'line') as Promise<[string]>;
  const gone = once(child, 'close').then(() => {
    throw new Error(`${args[0]} ended early: ${stderr().toString()}`);
  });
  gone.catch(() => undefined);
  const [first] = await Promise.race([line, gone]);
  return { child, line: first };
}

/** Asks it to stop by SIGTERM; resolves with its exit code. */
export async function stopped(child: ChildProcess): Promise<number | null> {
  const ended = once(child, 'exit') as Promise<[number | null]>;
  child.kill('SIGTERM');
  return (await ended)[0];
}

/** `privateer request`, with its body on stdin where one is given. */
export async function request(args: readonly string[], body?: Uint8Array): Promise<Replied> {
  const child = spawn(process.execPath, [main, 'request', ...args], {
    stdio: [body === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const stdout = collected(child.stdout!);
  const stderr = collected(child.stderr!);
  child.stdin?.on('error', () => undefined).end(body);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: stdout(), stderr: stderr().toString() };
}

export async function freeEndpoint(): Promise<string> {
  return (await freeEndpoints(1))[0]!;
}

function collected(stream: NodeJS.ReadableStream): () => Buffer {
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part));
  return () => Buffer.concat(parts);
}

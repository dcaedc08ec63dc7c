/** Runs the command line as its users do: a child process of what was built. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/harness/cli/main.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

export async function command(...args: readonly string[]): Promise<Ended> {
  const child = start(args);
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  child.stderr!.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Waits for a condition, and fails with what it was when it does not come. */
export async function until(what: string, isSo: () => boolean, patienceMs = 10_000): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`not within ${patienceMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

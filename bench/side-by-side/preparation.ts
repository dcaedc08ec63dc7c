/** Makes what is measured beside us ready: the packages of bench/peers, and the program in C. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Absent } from './peer-server.ts';

/**
 * Installs the packages of bench/peers, where they are not those of its lock file, and compiles what is there.
 * @throws {Absent} with the reason; `signal`'s reason.
 */
export async function preparePackages(signal: AbortSignal): Promise<void> {
  const installed = join(folder, 'node_modules/.package-lock.json');
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(join(folder, 'package-lock.json')).mtimeMs) {
    const args = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    await run('npm', args, { signal, why: 'the packages of bench/peers can’t be installed' });
  }
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [compiler, '-p', '.'], { signal, why: 'bench/peers does not compile' });
}

/**
 * Compiles the program in C.
 * @throws {Absent} where there is no compiler, or no libzmq to compile with; `signal`'s reason.
 */
export async function prepareC(signal: AbortSignal): Promise<void> {
  mkdirSync(join(folder, 'dist'), { recursive: true });
  const args = ['-O2', '-o', cProgram, 'c/peer.c', '-lzmq', '-lpthread'];
  await run(process.env['CC'] ?? 'cc', args, {
    signal,
    why: 'no C compiler with libzmq’s headers (Debian: libzmq3-dev)',
  });
}

async function run(
  command: string,
  args: readonly string[],
  { signal, why }: { readonly signal: AbortSignal; readonly why: string },
): Promise<void> {
  try {
    await promisify(execFile)(command, args, { cwd: folder, signal, timeout: patienceMs });
  } catch (error) {
    signal.throwIfAborted();
    const { stderr, stdout, message } = error as Error & { readonly stderr?: string; readonly stdout?: string };
    throw new Absent(`${why}: ${firstLine(stderr) ?? firstLine(stdout) ?? message}`);
  }
}

function firstLine(text: string | undefined): string | undefined {
  return text?.split('\n').find((line) => line.trim() !== '');
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = join(root, 'bench/peers');
export const cProgram: string = join(folder, 'dist/c-peer');
const patienceMs = 60_000;

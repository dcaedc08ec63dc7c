/** What a test needs of the machine. Missing, it skips with the reason printed, and fails where everything must be tested. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Whether everything is tested that can be: at its full length, and nothing is skipped. */
export const isAll = process.env['PRIVATEER_TEST_ALL'] === '1';

export function has(path: string, why: string): boolean {
  if (existsSync(path)) return true;
  missing(path, why);
  return false;
}

/** A Python that has pyzmq; there may be several, of which only the system's has it. */
export function pythonWithZmq(why: string): string | undefined {
  const found = ['python3', '/usr/bin/python3'].find((python) => {
    return spawnSync(python, ['-c', 'import zmq'], { stdio: 'ignore' }).status === 0;
  });
  if (found === undefined) missing('python3-zmq', why);
  return found;
}

function missing(what: string, why: string): void {
  if (isAll) throw new Error(`${what} is missing, needed ${why}`);
  console.warn(`skipped: ${what} is missing, needed ${why}`);
}

/** The same for what has to be tried. */
export function can(what: string, why: string, attempt: () => boolean): boolean {
  try {
    if (attempt()) return true;
  } catch {
    // It can't, and that is the answer.
  }
  missing(what, why);
  return false;
}

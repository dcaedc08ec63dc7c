/** What commands share of the terminal: lines for people, one object for programs, and how things end. */
import { MisuseError } from '../../patterns/transaction.ts';

/**
 * Aborts on the first Ctrl-C or SIGTERM, so that everything started is stopped before the process ends. Not on a hang-up:
 * to listen to that would undo `nohup`, and where it does end the harness, the reaper ends the rest.
 */
export function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => controller.abort(new Interrupted(signal)));
  }
  return controller.signal;
}

class Interrupted extends Error {}

/** One line, and the exit code: 2 for misuse, 1 for what failed, 130 for what was interrupted. */
export function fail(error: unknown): number {
  if (error instanceof Interrupted) {
    process.stderr.write(`privateer: stopped by ${error.message}\n`);
    return 130;
  }
  process.stderr.write(`privateer: ${error instanceof Error ? error.message : String(error)}\n`);
  return error instanceof MisuseError ? 2 : 1;
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** @throws {MisuseError} for anything but a whole number in the range. */
export function wholeNumber(setting: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new MisuseError(setting, text, `it takes a whole number from ${min} to ${max}`);
    }
    return value;
  };
}

/** Options that all commands that run something have in common. */
export interface CommonOptions {
  readonly json: boolean;
  readonly seed: number;
  readonly runs: string;
  readonly patterns: string[];
}

export const seedMax = 2 ** 32 - 1;

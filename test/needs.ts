/** What a test needs of the machine. Missing, it skips with the reason printed, and fails where everything must be tested. */
import { existsSync } from 'node:fs';

export function has(path: string, why: string): boolean {
  if (existsSync(path)) return true;
  if (process.env['PRIVATEER_TEST_ALL'] === '1') throw new Error(`${path} is missing, needed ${why}`);
  console.warn(`skipped: ${path} is missing, needed ${why}`);
  return false;
}

/** Processes of this machine by their command lines, as /proc tells. */
import { readdirSync, readFileSync } from 'node:fs';

/** Pids of those that have that text in it, and live. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && commandLine(pid).includes(text));
}

/** Arguments end with a zero each. */
function commandLine(pid: number): string {
  try {
    const state = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return state === 'Z' ? '' : readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

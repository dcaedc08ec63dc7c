/** A folder for runs whose files nobody will read again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Reaper } from '../harness/worlds/processes/reaper.ts';

/** Calls `use` with a temporary folder, and removes it after: when this process is killed, the reaper does. */
export async function withRunFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'privateer-bench-'));
  const reaper = new Reaper();
  reaper.own(folder);
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    reaper.close();
  }
}

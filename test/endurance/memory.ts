/** What a process takes of memory, in MB: what the system gave it, and what of its heap is alive. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Memory {
  readonly rssMb: number;
  readonly heapMb: number;
}

export function usageNow(): Memory {
  collectGarbage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rssMb: inMb(rss), heapMb: inMb(heapUsed + external) };
}

/** So that a trial needs no flag of Node's on its command line. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function inMb(bytes: number): number {
  return Math.round(bytes / 104_857.6) / 10;
}

const collectGarbage = collector();

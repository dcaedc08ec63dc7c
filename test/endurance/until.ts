import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition. @throws {Error} with what it was, when it does not come; `signal`'s reason, when that aborts. */
export async function until(
  what: string,
  isSo: () => boolean,
  signal: AbortSignal,
  patienceMs = 60_000,
): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!isSo()) {
    signal.throwIfAborted();
    if (performance.now() > end) throw new Error(`not within ${patienceMs} ms: ${what}`);
    await sleep(5);
  }
}

/** Waits until a figure has stayed the same for so long. */
export async function untilQuiet(figure: () => number, quietMs: number, signal: AbortSignal): Promise<void> {
  let last = figure();
  for (let since = performance.now(); performance.now() - since < quietMs; ) {
    await sleep(20, undefined, { signal });
    if (figure() === last) continue;
    last = figure();
    since = performance.now();
  }
}

import { z } from 'zod';
import { type Injection, nodeFault, type Victim } from './fault.ts';

export const crashLoop = nodeFault({
  name: 'crash-loop',
  about:
    'SIGKILL again and again, each time so long after it had come back: a process that dies of what it does. Connections come and go, and nobody may count on it.',
  label: 'crash loop',
  worlds: ['processes', 'simulated'],
  options: z.strictObject({
    /** How long each life lasts, in milliseconds. */
    upMs: z.int().min(0).max(60_000).default(200),
  }),
  async inject(victim, { options: { upMs }, sleep }) {
    await victim.kill();
    const over = new AbortController();
    const loop = crashing(victim, () => sleep(upMs), over.signal);
    // Whoever awaits the cure hears of it.
    loop.catch(() => undefined);
    return async () => {
      over.abort();
      await loop;
      await victim.recover();
    };
  },
});

async function crashing(
  victim: Victim,
  life: () => ReturnType<Injection<unknown>['sleep']>,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    await victim.recover();
    await life();
    if (!over.aborted) await victim.kill();
  }
}

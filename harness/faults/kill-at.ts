import { z } from 'zod';
import { nodeFault } from './fault.ts';

export const ofServers = ['after-receive', 'before-execute', 'after-execute', 'after-reply'] as const;
export const ofOthers = ['after-receive', 'after-send'] as const;

export const killAt = nodeFault({
  name: 'kill-at',
  about:
    'SIGKILL at a step of its work, the k-th time it comes there: a server after it has received a request, before or after it executes it, or after its reply has left; a broker or the client after it has read a message, or sent one.',
  label: 'SIGKILL at',
  worlds: ['processes', 'simulated'],
  manner: 'in-wait',
  options: z.strictObject({
    point: z.enum([...ofServers, 'after-send']).default('after-execute'),
    /** The how manyth time, counted from the injection. */
    hit: z.int().min(1).max(1_000_000).default(1),
  }),
  refuses(role, { point }) {
    const points: readonly string[] = role === 'server' ? ofServers : ofOthers;
    return points.includes(point) ? undefined : `a ${role} can be killed ${points.join(', ')}, not ${point}`;
  },
  async inject(victim, { options: { point, hit }, durationMs, sleep, struck }) {
    const { controls } = victim;
    const gone = controls.gone();
    const waiting = new AbortController();
    const at = await Promise.race([
      controls.order({ kind: 'kill-at', point, hit }),
      sleep(durationMs, waiting.signal).then(
        () => undefined,
        () => undefined,
      ),
    ]);
    waiting.abort();
    if (at === undefined) return async () => void (await controls.order({ kind: 'kill-at', point, hit: 0 }));
    struck(at);
    await gone;
    return () => victim.recover();
  },
});

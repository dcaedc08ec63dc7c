/** What faults have in common that lie in wait for one message. */
import { z } from 'zod';
import type { Direction, LinkVictim, MessageImpairment } from '../worlds/impairment.ts';
import { type Cure, type Injection, oneDirection } from './fault.ts';

export const oneMessage = z.strictObject({
  ...oneDirection,
  /** Which: the how manyth from the injection on, heartbeats not counted. */
  message: z.int().min(1).max(1_000_000).default(1),
});

/** Waits for it for as long as the fault may last. */
export async function strikeMessage(
  link: LinkVictim,
  kind: MessageImpairment['kind'],
  { options: { direction, message }, durationMs, sleep, struck }: Injection<{ direction: Direction; message: number }>,
): Promise<Cure> {
  const waiting = new AbortController();
  let cure: Cure | undefined;
  const at = await new Promise<number | undefined>((resolve, reject) => {
    link.impair({ kind, message }, [direction], resolve).then((one) => {
      cure = one;
      sleep(durationMs, waiting.signal).then(
        () => resolve(undefined),
        () => undefined,
      );
    }, reject);
  });
  waiting.abort();
  if (at !== undefined) struck(at);
  return async () => cure?.();
}

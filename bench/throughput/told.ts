/** A child process of a contestant: does what it is told over its channel, and ends with it. */
import type { Asker, ChildSpec, FromChild, ToChild } from './peer.ts';

/**
 * Begins as its one argument says, and says when it is ready; what `begin` answers is asked for every block. It never
 * outlives the one that asks: the channel closes when that is gone, however it went.
 */
export async function doAsTold(begin: (spec: ChildSpec) => Promise<Asker | undefined>): Promise<void> {
  process.on('disconnect', () => process.exit(1));
  // Ctrl-C reaches the whole foreground group; the one that asks decides what it means.
  process.on('SIGINT', () => undefined);
  try {
    const ask = await begin(JSON.parse(process.argv[2]!) as ChildSpec);
    if (ask !== undefined) {
      process.on('message', ({ window, forMs }: ToChild) => {
        ask(window, forMs).then((block) => tell({ said: 'block', block }), fail);
      });
    }
    tell({ said: 'ready' });
  } catch (error) {
    fail(error as Error);
  }
}

function fail(error: Error): void {
  tell({ said: 'failed', message: error.message });
}

function tell(message: FromChild): void {
  if (process.connected) process.send!(message);
}

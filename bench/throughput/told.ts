/** A child process of a contestant: does what it is told over its channel, and ends with it. */
import type { ChildSpec, FromChild, Tasks, ToChild } from './peer.ts';

/**
 * Begins as its one argument says, and says when it is ready; the tasks that `begin` answers are done when they are told.
 * It never outlives the one that asks: the channel closes when that is gone, however it went.
 */
export async function doAsTold(begin: (spec: ChildSpec) => Promise<Tasks>): Promise<void> {
  process.on('disconnect', () => process.exit(1));
  // Ctrl-C reaches the whole foreground group; the one that asks decides what it means.
  process.on('SIGINT', () => undefined);
  try {
    const tasks = await begin(JSON.parse(process.argv[2]!) as ChildSpec);
    process.on('message', (message: ToChild) => void done(tasks, message).then(tell, fail));
    tell({ said: 'ready' });
  } catch (error) {
    fail(error as Error);
  }
}

async function done({ block, offer }: Tasks, message: ToChild): Promise<FromChild> {
  if (message.tell === 'cpu') {
    const { user, system } = process.cpuUsage();
    return { said: 'cpu', us: user + system };
  }
  if (message.tell === 'block' && block !== undefined) {
    return { said: 'block', block: await block(message.window, message.forMs, message.payloadBytes) };
  }
  if (message.tell === 'offer' && offer !== undefined) return { said: 'offered', offered: await offer(message) };
  throw new Error(`it has no task "${message.tell}"`);
}

function fail(error: Error): void {
  tell({ said: 'failed', message: error.message });
}

function tell(message: FromChild): void {
  if (process.connected) process.send!(message);
}

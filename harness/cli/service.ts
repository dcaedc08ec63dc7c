/** What runs until it is told to stop: it says once that it is ready, drains when it is asked, and ends when asked twice. */
import type { Command } from 'commander';
import type { Running } from '../../patterns/transaction.ts';
import { duration } from './options.ts';
import { print, printJson } from './terminal.ts';

export interface ServiceOptions {
  readonly json: boolean;
  readonly drain: number;
}

export function withServiceOptions(command: Command): Command {
  return command
    .option(
      '--drain <time>',
      'how long what was begun may take to end, once told to stop',
      duration('drain', 0, drainMsMax),
      5000,
    )
    .option('--json', 'print the line that says it is ready as an object', false);
}

/** What is told of a role that is ready. */
export interface Readiness {
  readonly role: 'broker' | 'server';
  readonly pattern: string;
  readonly variant: string;
  readonly service?: string;
  readonly bind?: readonly string[];
  readonly connect?: readonly string[];
}

/** Resolves once it was told to stop by SIGTERM or SIGINT, and has drained. A second of them ends the process at once. */
export async function runUntilStopped(running: Running, readiness: Readiness, options: ServiceOptions): Promise<void> {
  const stopped = stopSignal();
  // Whoever read the line may close its end after it: that is no reason to end.
  process.stdout.on('error', () => undefined);
  if (options.json) printJson({ ready: true, ...readiness, pid: process.pid });
  else print(sentenceOf(readiness));
  await stopped;
  await running.close({ drainMs: options.drain });
}

function stopSignal(): Promise<void> {
  return new Promise((stop) => {
    let isAsked = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (isAsked) process.exit(interrupted);
        isAsked = true;
        stop();
      });
    }
  });
}

function sentenceOf({ role, pattern, variant, service, bind, connect }: Readiness): string {
  const what = service === undefined ? role : `${role} of ${service}`;
  const where = bind === undefined ? `connecting to ${connect!.join(', ')}` : `listening at ${bind.join(', ')}`;
  return `${pattern}/${variant} ${what} ready, ${where}`;
}

const drainMsMax = 3_600_000;
const interrupted = 130;

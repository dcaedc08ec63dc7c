/** Options that commands share, with the same names and the same checks. */
import type { Command } from 'commander';
import { seedMax, wholeNumber } from './terminal.ts';

export function withRunOptions(command: Command): Command {
  return command
    .option('--json', 'print one object on stdout, and nothing else there', false)
    .option('--seed <number>', 'what everything random is made of', wholeNumber('seed', 0, seedMax))
    .option('--runs <folder>', 'where run folders are made', 'runs')
    .option('--patterns <folder>', 'a further folder of patterns; may be repeated', collect, []);
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

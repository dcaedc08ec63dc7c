import { Command } from 'commander';
import { MisuseError } from '../../patterns/transaction.ts';
import type { ReproductionResult } from '../reproductions/reproduction.ts';
import { reproductions } from '../reproductions/reproductions.ts';
import { withRunOptions } from './options.ts';
import { Progress } from './progress.ts';
import { type CommonOptions, print, printJson, stopOnSignals } from './terminal.ts';

export function reproduceCommand(): Command {
  const command = new Command('reproduce')
    .description('put a published claim to the test')
    .argument('<name>', 'one that `privateer list` names');
  return withRunOptions(command).action(reproduceAction);
}

async function reproduceAction(name: string, options: CommonOptions): Promise<void> {
  const reproduction = reproductions.find((one) => one.name === name);
  if (reproduction === undefined) {
    throw new MisuseError('reproduction', name, `there are ${reproductions.map((one) => one.name).join(', ')}`);
  }
  const signal = stopOnSignals();
  const progress = new Progress(options.json);
  let result: ReproductionResult;
  try {
    result = await reproduction.reproduce({
      runsFolder: options.runs,
      patternFolders: options.patterns,
      seed: options.seed ?? 1,
      signal,
      onPhase: (phase) => progress.say(phase),
    });
  } finally {
    progress.end();
  }
  if (options.json) printJson(result.figures);
  else for (const line of result.lines) print(line);
  process.exitCode = result.reproduced ? 0 : 1;
}

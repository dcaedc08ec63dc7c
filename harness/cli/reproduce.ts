import { Command } from 'commander';
import { findReproduction, findReproductions, putToTheTest, type Reproduced } from '../reproductions/reproductions.ts';
import { withRunOptions } from './options.ts';
import { Progress } from './progress.ts';
import { type CommonOptions, print, printJson, stopOnSignals } from './terminal.ts';

interface ReproduceOptions extends CommonOptions {
  readonly list: boolean;
  readonly quick: boolean;
}

export function reproduceCommand(): Command {
  const command = new Command('reproduce')
    .description('put a published claim to the test')
    .argument('[name]', 'one that `--list` names')
    .option('--list', 'say which there are', false)
    .option('--quick', 'a trial: the same, too short to count', false);
  return withRunOptions(command).action(reproduceAction);
}

async function reproduceAction(name: string | undefined, options: ReproduceOptions): Promise<void> {
  if (options.list) {
    await list(options.json);
    return;
  }
  const reproduction = await findReproduction(name);
  const signal = stopOnSignals();
  const progress = new Progress(options.json);
  if (!options.json) print(`${reproduction.source}:\n  ${reproduction.claim}\n`);
  let result: Reproduced;
  try {
    result = await putToTheTest(reproduction, {
      runsFolder: options.runs,
      patternFolders: options.patterns,
      seed: options.seed ?? 1,
      quick: options.quick,
      signal,
      onPhase: (phase) => progress.say(phase),
    });
  } finally {
    progress.end();
  }
  if (options.json) printJson(jsonOf(result));
  else for (const line of linesOf(result)) print(line);
  process.exitCode = result.reproduced ? 0 : 1;
}

async function list(json: boolean): Promise<void> {
  const found = [...(await findReproductions()).values()];
  if (json) printJson(found.map(({ name, about, claim, source }) => ({ name, about, claim, source })));
  else for (const { name, about } of found) print(`${name.padEnd(34)} ${about}`);
}

/** Its own figures stand beside what all have in common. */
function jsonOf({ figures, ...common }: Reproduced): object {
  return { ...common, ...figures };
}

function linesOf({ checks, reproduced, quick }: Reproduced): string[] {
  const trial = quick ? ', in a trial too short to count' : '';
  return [
    ...checks.map(
      ({ what, expected, measured, holds }) => `${holds ? '  ' : '! '}${what}: ${measured} (expected ${expected})`,
    ),
    reproduced ? `reproduced${trial}` : `NOT reproduced${trial}`,
  ];
}

/**
 * `npm run bench`: asks the questions of this folder, one after the other, and keeps their raw results. Exit codes: 0 for
 * success, 1 for a question that failed or found out nothing, 2 for misuse, 130 when it was interrupted.
 */
import { Command, CommanderError } from 'commander';
import { Progress } from '../harness/cli/progress.ts';
import { fail, print, printJson, seedMax, stopOnSignals, wholeNumber } from '../harness/cli/terminal.ts';
import { MisuseError } from '../patterns/transaction.ts';
import { type PeersResult, peers } from './peers.ts';
import type { AskOptions, Question, RawResult } from './question.ts';
import { questions } from './questions.ts';
import { keepRawFile } from './raw-files.ts';
import { sectionOf } from './sections/sections.ts';
import { noRatios, type Ratios } from './side-by-side/ratios.ts';

interface Options {
  readonly quick: boolean;
  readonly write: boolean;
  readonly json: boolean;
  readonly only?: readonly Question[];
  readonly seed: number;
  readonly kills?: number;
  readonly minutes?: number;
  readonly resume: boolean;
}

async function bench(options: Options): Promise<void> {
  const signal = stopOnSignals();
  const progress = new Progress(options.json);
  const { quick, seed, kills, minutes, resume } = options;
  const asking: AskOptions = { quick, seed, kills, minutes, resume, signal, onPhase: (phase) => progress.say(phase) };
  const results: Record<string, RawResult> = {};
  const failed: Record<string, string> = {};
  for (const question of options.only ?? questions) {
    const result = await question.ask(asking).catch((error: Error) => {
      // Whatever an abort made fail first, it was the abort. Else the other questions are still worth asking.
      signal.throwIfAborted();
      failed[question.name] = error.message;
      process.exitCode = fail(new Error(`${question.name}: ${error.message}`));
      return undefined;
    });
    progress.end();
    if (result === undefined) continue;
    results[question.name] = result;
    if (options.write || !quick) keepRawFile(question.name, result);
    if (!options.json) show(question, result);
  }
  if (options.json) printJson({ ratios: ratiosIn(results), failed, ...results });
  // A trial is too short to be sure of anything, and says so; it fails only where it could not be made.
  if (!quick && Object.values(results).some(({ conclusive }) => !conclusive)) process.exitCode = 1;
}

/** The six that the project is held to come first; all null where nobody asked. */
function ratiosIn(results: Readonly<Record<string, RawResult>>): Ratios {
  return (results[peers.name] as PeersResult | undefined)?.headline ?? noRatios;
}

function show({ name, asks }: Question, result: RawResult): void {
  print(`${name}: ${asks}\n\n${sectionOf(name).body(result)}\n`);
}

/** @throws {MisuseError} naming those there are. */
function chosen(names: string): Question[] {
  return names.split(',').map((name) => {
    const question = questions.find((one) => one.name === name);
    if (question !== undefined) return question;
    throw new MisuseError('only', name, `there are ${questions.map((one) => one.name).join(', ')}`);
  });
}

/** @throws {MisuseError} for anything but a number of minutes from a few seconds to a day. */
function minutesOf(text: string): number {
  const minutes = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || minutes < 0.05 || minutes > 1440) {
    throw new MisuseError('minutes', text, 'it takes a number from 0.05 to 1440');
  }
  return minutes;
}

const program = new Command('bench')
  .description(`ask ${questions.map(({ name }) => name).join(', ')}; keep the raw results in bench/results/`)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`privateer: ${text.replace(/^error: /, '')}`) })
  .option('--quick', 'a trial: shorter, and nothing is kept', false)
  .option('--write', 'keep the raw results of a trial too', false)
  .option('--json', 'print one object on stdout, and nothing else there', false)
  .option('--only <names>', 'which questions, by commas; all by default', chosen)
  .option('--seed <number>', 'what everything random is made of', wholeNumber('seed', 0, seedMax), 1)
  .option(
    '--kills <number>',
    'failover and kills: how many of each fault (20 and 50; a trial: 1)',
    wholeNumber('kills', 1, 10_000),
  )
  .option('--minutes <number>', 'suspicion: how long to wait for a false alarm (10; a trial: 0.05)', minutesOf)
  .option('--resume', 'failover: go on where it was stopped, and make again what proved nothing', false)
  .allowExcessArguments(false)
  .action(bench);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : fail(error);
}

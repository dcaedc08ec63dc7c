/**
 * `npm run endurance`: makes the trials of this folder, one after the other. Exit codes: 0 for success, 1 for a promise that
 * was broken or a trial that tested nothing, 2 for misuse, 130 when it was interrupted.
 */
import { Command, CommanderError, Option } from 'commander';
import { markdownTable } from 'markdown-table';
import { Progress } from '../../harness/cli/progress.ts';
import { fail, print, printJson, stopOnSignals, wholeNumber } from '../../harness/cli/terminal.ts';
import { machine } from '../../harness/machine.ts';
import { MisuseError } from '../../patterns/transaction.ts';
import { deliveries } from './deliveries.ts';
import { endlessMultipart } from './endless-multipart.ts';
import { hostile } from './hostile.ts';
import { killedHarness } from './killed-harness.ts';
import { lockStep } from './lock-step.ts';
import { million } from './million.ts';
import { outage } from './outage.ts';
import { slowHandlers } from './slow-handlers.ts';
import type { Trial, TrialResult } from './trial.ts';
import { zombies } from './zombies.ts';

interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  readonly only: readonly Trial[];
  readonly of: string;
  readonly count?: number;
}

const trials: readonly Trial[] = [
  zombies,
  slowHandlers,
  deliveries,
  outage,
  hostile,
  endlessMultipart,
  million,
  lockStep,
  killedHarness,
];

async function endure({ quick, json, only, of, count }: Options): Promise<void> {
  const signal = stopOnSignals();
  const progress = new Progress(json);
  const results: TrialResult[] = [];
  try {
    for (const trial of only) {
      const result = await trial.run({
        quick,
        of,
        ...(count === undefined ? {} : { count }),
        signal,
        say: (text) => progress.say(text),
      });
      progress.end();
      results.push(result);
      if (!json) show(trial, result);
    }
  } catch (error) {
    // Whatever an abort made fail first, it was the abort.
    throw signal.aborted ? signal.reason : error;
  } finally {
    progress.end();
  }
  if (json) printJson({ machine: machine(), results });
  if (results.some(({ broken, doubts, rows }) => broken.length + doubts.length > 0 || rows.length === 0)) {
    process.exitCode = 1;
  }
}

function show({ name, asks }: Trial, { rows, broken, doubts }: TrialResult): void {
  const columns = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => columns.map((column) => String(row[column] ?? '')));
  print(`${name}: ${asks}\n\n${rows.length === 0 ? 'nothing to try' : markdownTable([columns, ...cells])}\n`);
  for (const line of broken) print(`BROKEN: ${line}`);
  for (const line of doubts) print(`INCONCLUSIVE: ${line}`);
}

/** @throws {MisuseError} naming those there are. */
function chosen(names: string): Trial[] {
  return names.split(',').map((name) => {
    const trial = trials.find((one) => one.name === name);
    if (trial !== undefined) return trial;
    throw new MisuseError('only', name, `there are ${trials.map((one) => one.name).join(', ')}`);
  });
}

const program = new Command('endurance')
  .description(`try ${trials.map(({ name }) => name).join(', ')}`)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`privateer: ${text.replace(/^error: /, '')}`) })
  .option('--quick', 'the same things in seconds', false)
  .option('--json', 'print one object on stdout, and nothing else there', false)
  .addOption(new Option('--only <names>', 'which trials, by commas').argParser(chosen).default(trials, 'all'))
  .option('--count <number>', 'how many round trips, or hostile messages', wholeNumber('count', 1, 1_000_000_000))
  .option('--of <name>', 'only patterns and variants ("freelance/default") with this in their name', '')
  .allowExcessArguments(false)
  .action(endure);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : fail(error);
}

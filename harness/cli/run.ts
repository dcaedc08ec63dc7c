import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { MisuseError } from '../../patterns/transaction.ts';
import { checkScenario } from '../check-scenario.ts';
import type { WorldName } from '../faults/fault.ts';
import { namedScenario } from '../library.ts';
import { terminalTable } from '../report/table.ts';
import { repeatLine, runUntilConclusive } from '../run-until-conclusive.ts';
import { parseScenario } from '../scenario.ts';
import type { Summary } from '../summary.ts';
import { withRunOptions } from './options.ts';
import { Progress } from './progress.ts';
import { type CommonOptions, print, printJson, stopOnSignals, wholeNumber } from './terminal.ts';

export function runCommand(): Command {
  const command = new Command('run')
    .description('run one scenario')
    .argument('<scenario>', 'a JSON file, or the name of one that `privateer list` shows')
    .option('--pattern <name>', 'pattern, or pattern/variant, in place of the scenario’s own')
    .addOption(
      new Option('--world <world>', 'real processes, or machines in virtual time')
        .choices(['processes', 'simulated'])
        .default('processes'),
    )
    .option('--record', 'write down what every machine is told and does, for `privateer replay`', false)
    .option('--tries <number>', 'runs at most, while they prove nothing', wholeNumber('tries', 1, 100), 1);
  return withRunOptions(command).action(runAction);
}

interface RunCommandOptions extends CommonOptions {
  readonly pattern?: string;
  readonly world: WorldName;
  readonly record: boolean;
  readonly tries: number;
}

async function runAction(file: string, options: RunCommandOptions): Promise<void> {
  const scenario = parseScenario({
    ...(namedScenario(file) ?? readScenario(file)),
    ...((options.seed as number | undefined) === undefined ? {} : { seed: options.seed }),
    ...contestantOf(options.pattern),
  });
  await checkScenario(scenario, options.patterns, options.world);
  if (options.record && options.world === 'simulated') {
    throw new MisuseError('record', true, 'a simulated run needs none: its scenario repeats it');
  }
  const signal = stopOnSignals();
  const progress = new Progress(options.json);
  const onPhase = (phase: string) => progress.say(`${scenario.name}: ${phase}`);
  let tries: readonly Summary[];
  try {
    const { runs: runsFolder, patterns: patternFolders, world, record: records } = options;
    const where = { runsFolder, patternFolders, world, records, signal, onPhase };
    tries = await runUntilConclusive(scenario, where, options.tries);
  } finally {
    progress.end();
  }
  const summary = tries.at(-1)!;
  for (const repeated of tries.slice(0, -1)) process.stderr.write(`${repeatLine(repeated)}\n`);
  if (options.json) printJson(summary);
  else {
    print(terminalTable([summary.row], process.stdout.hasColors?.() ?? false));
    print(`${options.runs}/${summary.id}/index.html`);
  }
  process.exitCode = summary.row.conclusive && summary.row.honest ? 0 : 1;
}

/** One pattern's variants are not another's. */
function contestantOf(given: string | undefined): object {
  if (given === undefined) return {};
  const [pattern, variant] = given.split('/');
  return { pattern, variant };
}

function readScenario(file: string): object {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new MisuseError('scenario', file, 'it takes a file that can be read, or a name that `privateer list` shows');
  }
  try {
    return JSON.parse(text) as object;
  } catch {
    throw new MisuseError('scenario', file, 'the file must be JSON');
  }
}

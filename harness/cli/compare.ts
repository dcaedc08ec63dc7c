import { Command } from 'commander';
import { type Comparison, compare, type CompareOptions as Plan, planComparison } from '../compare.ts';
import { terminalTable } from '../report/table.ts';
import { repeatLine } from '../run-until-conclusive.ts';
import { type GivenSettings, settingsOption, withRunOptions } from './options.ts';
import { Progress } from './progress.ts';
import { type CommonOptions, print, printJson, stopOnSignals, wholeNumber } from './terminal.ts';

interface CompareOptions extends CommonOptions {
  readonly pattern?: string;
  readonly fault: string;
  readonly rate?: number;
  readonly duration?: number;
  readonly servers?: number;
  readonly set: GivenSettings;
}

export function compareCommand(): Command {
  const command = new Command('compare').description('run patterns against the same load and the same faults');
  return withRunOptions(command)
    .option('--pattern <names>', 'which, by commas: a pattern, or pattern/variant; all by default')
    .option('--fault <names>', 'which, by commas; none is one of them', 'none,kill,pause')
    .option('--rate <number>', 'transactions a second', wholeNumber('rate', 1, 1_000_000))
    .option('--duration <ms>', 'how long there is load', wholeNumber('duration', 1, 86_400_000))
    .option('--servers <number>', 'how many servers', wholeNumber('servers', 1, 64))
    .addOption(settingsOption())
    .action(compareAction);
}

async function compareAction(options: CompareOptions): Promise<void> {
  const progress = new Progress(options.json);
  const plan = planOf(options, progress);
  const scenarios = await planComparison(plan);
  if (!options.json) print(`${scenarios.length} runs, seed ${plan.base.seed}; run folders in ${options.runs}/\n`);
  let comparison: Comparison;
  try {
    comparison = await compare(scenarios, plan);
  } finally {
    progress.end();
  }
  if (options.json) printJson(comparison);
  else {
    print(terminalTable(comparison.rows, process.stdout.hasColors?.() ?? false));
    const repeated = comparison.runs.filter(({ row }) => !comparison.rows.includes(row));
    for (const summary of repeated) print(repeatLine(summary));
  }
  const isHonest = comparison.rows.every((row) => row.honest);
  process.exitCode = comparison.conclusive && isHonest ? 0 : 1;
}

function planOf(options: CompareOptions, progress: Progress): Plan {
  return {
    ...(options.pattern === undefined ? {} : { contestants: options.pattern.split(',') }),
    faults: options.fault.split(','),
    runsFolder: options.runs,
    patternFolders: options.patterns,
    signal: stopOnSignals(),
    base: baseOf(options, options.seed ?? 1),
    onPhase: ({ pattern, variant, name }, index, total, phase) => {
      progress.say(`${index + 1} of ${total}: ${pattern} ${variant}, ${name.slice('compare-'.length)}: ${phase}`);
    },
  };
}

function baseOf(options: CompareOptions, seed: number) {
  const load = {
    ...(options.rate === undefined ? {} : { ratePerSec: options.rate }),
    ...(options.duration === undefined ? {} : { durationMs: options.duration }),
  };
  const topology = options.servers === undefined ? {} : { servers: options.servers };
  return { seed, load, topology, settings: options.set };
}

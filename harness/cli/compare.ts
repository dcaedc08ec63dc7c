import { Command, Option } from 'commander';
import { type Asked, type Changes, coreScenarios } from '../campaigns/plan.ts';
import { type Comparison, compare, type CompareOptions as Plan, planComparison } from '../compare.ts';
import { preflight, skippedLines } from '../preflight.ts';
import { terminalTable } from '../report/table.ts';
import { repeatLine } from '../run-until-conclusive.ts';
import { withoutNulls } from '../without-nulls.ts';
import { beginCampaign, type CampaignOptions, resumeCampaign } from './campaign.ts';
import { type GivenSettings, settingsOption, withRunOptions } from './options.ts';
import { Progress } from './progress.ts';
import { print, printJson, stopOnSignals, wholeNumber } from './terminal.ts';

interface CompareOptions extends CampaignOptions {
  readonly resume?: string;
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
    .option('--repeat <number>', 'a campaign: so many blocks of scenarios', wholeNumber('repeat', 1, 1000))
    .addOption(scenarioOption())
    .option('--resume <folder>', 'go on with a campaign that was stopped, or by a greater --repeat with one that ended')
    .action(compareAction);
}

function scenarioOption(): Option {
  const about = 'of a campaign: scenarios that `privateer list` shows, by commas, or all; may be repeated; by default';
  return new Option('--scenario <names>', `${about} ${coreScenarios.join(', ')}`).argParser(
    (text, before: string[] | undefined) => [...(before ?? []), ...text.split(',')],
  );
}

async function compareAction(options: CompareOptions, command: Command): Promise<void> {
  const asked = askedOf(command);
  if (options.resume !== undefined) return resumeCampaign(options.resume, asked, options.json);
  if (options.repeat !== undefined || options.scenario !== undefined) {
    return beginCampaign(options, asked, changesOf(options));
  }
  return compareOnce(options);
}

/** The options that say what is run, as far as they were given. */
function askedOf(command: Command): Asked {
  const given = Object.entries(command.opts()).filter(([name]) => command.getOptionValueSource(name) === 'cli');
  return Object.fromEntries(given.filter(([name]) => !['json', 'runs', 'resume'].includes(name)));
}

async function compareOnce(options: CompareOptions): Promise<void> {
  const progress = new Progress(options.json);
  const plan = planOf(options, progress);
  const { possible: scenarios, skipped } = await preflight(await planComparison(plan));
  if (!options.json) print(`${scenarios.length} runs, seed ${plan.base.seed}; run folders in ${options.runs}/\n`);
  let comparison: Comparison;
  try {
    comparison = await compare(scenarios, plan);
  } finally {
    progress.end();
  }
  if (options.json) printJson(withoutNulls({ ...comparison, skipped }));
  else {
    print(terminalTable(comparison.rows, process.stdout.hasColors?.() ?? false));
    const repeated = comparison.runs.filter(({ row }) => !comparison.rows.includes(row));
    for (const summary of repeated) print(repeatLine(summary));
    for (const line of skippedLines(skipped)) print(line);
  }
  const isHonest = comparison.rows.every((row) => row.honest);
  process.exitCode = comparison.rows.length > 0 && comparison.conclusive && isHonest ? 0 : 1;
}

function planOf(options: CompareOptions, progress: Progress): Plan {
  return {
    ...(options.pattern === undefined ? {} : { contestants: options.pattern.split(',') }),
    faults: options.fault.split(','),
    runsFolder: options.runs,
    patternFolders: options.patterns,
    signal: stopOnSignals(),
    base: { seed: options.seed ?? 1, ...changesOf(options) },
    onPhase: ({ pattern, variant, name }, index, total, phase) => {
      progress.say(`${index + 1} of ${total}: ${pattern} ${variant}, ${name.slice('compare-'.length)}: ${phase}`);
    },
  };
}

function changesOf(options: CompareOptions): Changes {
  const load = {
    ...(options.rate === undefined ? {} : { ratePerSec: options.rate }),
    ...(options.duration === undefined ? {} : { durationMs: options.duration }),
  };
  const topology = options.servers === undefined ? {} : { servers: options.servers };
  return { load, topology, settings: options.set };
}

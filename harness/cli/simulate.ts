import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { MisuseError } from '../../patterns/transaction.ts';
import { findFaults, findPattern, findPatterns } from '../registry.ts';
import { type Campaign, type Conviction, campaign, contestantsOf } from '../simulate/campaign.ts';
import { diagram } from '../simulate/diagram.ts';
import type { Contestant } from '../simulate/swarm.ts';
import { sweep } from '../simulate/sweep.ts';
import { terse } from '../simulate/terse.ts';
import type { Faults } from '../simulate/trial.ts';
import { patternsOption } from './options.ts';
import { Progress } from './progress.ts';
import { print, printJson, seedMax, stopOnSignals, wholeNumber } from './terminal.ts';

interface SimulateOptions {
  readonly json: boolean;
  readonly seed: number;
  readonly runs: number;
  readonly pattern?: string;
  readonly fault: string;
  readonly sweep: boolean;
  readonly patterns: string[];
  readonly save?: string;
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('run many random scenarios in virtual time, and cut down what breaks a law')
    .option('--runs <number>', 'how many', wholeNumber('runs', 1, 100_000_000), 1000)
    .option('--seed <number>', 'what everything random is made of', wholeNumber('seed', 0, seedMax), 1)
    .option('--pattern <list>', 'patterns, or pattern/variant; all by default')
    .option('--fault <list>', 'faults that may come; `none`, or all by default', 'all')
    .option('--sweep', 'instead: one clean run, and again with each fault at each of its events', false)
    .option('--save <folder>', 'also write what was cut down there: a scenario each, for tests to replay')
    .addOption(patternsOption())
    .option('--json', 'print one object on stdout, and nothing else there', false)
    .action(simulate);
}

async function simulate(options: SimulateOptions, command: Command): Promise<void> {
  if (options.sweep && command.getOptionValueSource('runs') === 'cli') {
    throw new MisuseError('runs', options.runs, 'a sweep makes as many as there are events and faults');
  }
  const faults = await chosenFaults(options.fault);
  const contestants = await chosenContestants(options);
  const progress = new Progress(options.json);
  const { runs, seed } = options;
  const signal = stopOnSignals();
  const whole = { seed, contestants, faults, signal };
  let result: Campaign;
  try {
    result = options.sweep
      ? await sweep({ ...whole, onRun: (run) => progress.say(`${run} runs`) })
      : await campaign({ ...whole, runs, onRun: (run) => progress.say(`${run} of ${runs} runs`) });
  } finally {
    progress.end();
  }
  if (options.save !== undefined) save(result.violations, options.save);
  const { missing, ...rest } = result;
  if (options.json) printJson(missing.length > 0 ? result : rest);
  else await report(result, contestants, faults);
  // What there is by then is told, and that it is not all.
  signal.throwIfAborted();
  process.exitCode = result.violations.length + result.missing.length === 0 ? 0 : 1;
}

function save(violations: readonly Conviction[], folder: string): void {
  if (violations.length > 0) mkdirSync(folder, { recursive: true });
  for (const { kind, pattern, variant, run, scenario } of violations) {
    const name = `${pattern}-${variant}-${kind.replace(/[^a-z]+/g, '-')}-${scenario.seed}-${run}`;
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(terse({ ...scenario, name }), null, 2)}\n`);
  }
}

async function report(result: Campaign, contestants: readonly Contestant[], faults: Faults): Promise<void> {
  for (const violation of result.violations) {
    print(`run ${violation.run}, seed ${violation.seed}: ${violation.pattern}/${violation.variant}: ${violation.kind}`);
    print(`  ${violation.detail}; cut down to`);
    print(JSON.stringify(terse(violation.scenario)));
    print(await drawn(violation, contestants, faults));
    print('');
  }
  for (const state of result.missing) print(`never reached: ${state}`);
  print(
    `${result.runs} runs, ${result.transactions} transactions, ${result.faults} faults: ` +
      `${result.violations.length} broke a law; trace ${result.traceHash}`,
  );
}

function drawn(violation: Conviction, contestants: readonly Contestant[], faults: Faults): Promise<string> {
  const { pattern } = contestants.find((one) => one.pattern.name === violation.pattern)!;
  return diagram(violation.scenario, pattern, faults);
}

async function chosenFaults(list: string): Promise<Faults> {
  const all = await findFaults('simulated');
  if (list === 'all') return all;
  const names = list === 'none' ? [] : list.split(',');
  return new Map(
    names.map((name) => {
      const fault = all.get(name);
      if (fault === undefined)
        throw new MisuseError('fault', name, `there are ${[...all.keys(), 'none', 'all'].join(', ')}`);
      return [name, fault];
    }),
  );
}

async function chosenContestants({ pattern: list, patterns: folders }: SimulateOptions): Promise<Contestant[]> {
  if (list === undefined) return contestantsOf((await findPatterns(folders)).values());
  const chosen: Contestant[] = [];
  for (const one of list.split(',')) {
    const [name = '', variant] = one.split('/');
    chosen.push(...contestantsOf([await findPattern(name, folders)], variant));
  }
  return chosen;
}

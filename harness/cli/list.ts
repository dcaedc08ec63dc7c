import { Command } from 'commander';
import { allowed } from '../../patterns/parts/settings.ts';
import { findScenarios } from '../library.ts';
import { findFaults, findPatterns } from '../registry.ts';
import { findReproductions } from '../reproductions/reproductions.ts';
import { withRunOptions } from './options.ts';
import { type CommonOptions, print, printJson } from './terminal.ts';

export function listCommand(): Command {
  return withRunOptions(
    new Command('list').description('say what there is: patterns, variants, settings, faults, scenarios'),
  ).action(list);
}

async function list(options: CommonOptions): Promise<void> {
  const patterns = [...(await findPatterns(options.patterns)).values()].map(({ pattern }) => pattern);
  const faults = [...(await findFaults()).values()];
  const reproductions = [...(await findReproductions()).values()];
  const scenarios = [...findScenarios()];
  if (options.json) {
    printJson({
      patterns: patterns.map(({ name, about, variants, settings }) => ({ name, about, variants, settings })),
      faults: faults.map(({ name, about }) => ({ name, about })),
      scenarios: scenarios.map(([name, { about }]) => ({ name, about })),
      reproductions: reproductions.map(({ name, about }) => ({ name, about })),
    });
    return;
  }
  for (const { name, about, variants, settings } of patterns) {
    print(`${name}: ${about}`);
    for (const [variant, { about: what }] of Object.entries(variants)) print(`  ${variant.padEnd(22)} ${what}`);
    for (const [setting, one] of Object.entries(settings as Parameters<typeof allowed>[0][])) {
      const how = `--set ${setting}=${one.default}`;
      print(`    ${how.padEnd(34)} ${one.about} (${allowed(one)})`);
    }
    print('');
  }
  print('faults');
  for (const { name, about, preflight } of faults) {
    const missing = await preflight?.();
    print(`  ${name.padEnd(22)} ${about}${missing === undefined ? '' : ` (not on this machine: ${missing})`}`);
  }
  print('\nscenarios, for `privateer run`');
  for (const [name, { about }] of scenarios) print(`  ${name.padEnd(28)} ${about?.split('. ')[0]}.`);
  print('\nreproductions');
  for (const { name, about } of reproductions) print(`  ${name.padEnd(34)} ${about}`);
}

/** Options that commands share, with the same names and the same checks. */
import { type Command, Option } from 'commander';
import { MisuseError } from '../../patterns/transaction.ts';
import { seedMax, wholeNumber } from './terminal.ts';

export function withRunOptions(command: Command): Command {
  return command
    .option('--json', 'print one object on stdout, and nothing else there', false)
    .option('--seed <number>', 'what everything random is made of', wholeNumber('seed', 0, seedMax))
    .option('--runs <folder>', 'where run folders are made', 'runs')
    .addOption(patternsOption());
}

export function patternsOption(): Option {
  return new Option('--patterns <folder>', 'a further folder of patterns; may be repeated')
    .argParser((one, all: string[]) => [...all, one])
    .default([], 'none');
}

/** What `--set` gathers. Whether there are such settings, and what they take, their pattern's table says. */
export type GivenSettings = Readonly<Record<string, number | boolean | string>>;

export function settingsOption(): Option {
  return new Option('--set <name=value>', 'a pattern’s setting; may be repeated')
    .argParser((text, before: GivenSettings) => ({ ...before, ...setting(text) }))
    .default({}, 'the defaults that `privateer list` shows');
}

function setting(text: string): GivenSettings {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new MisuseError('set', text, 'it takes name=number, name=true, name=false or name=word');
  }
  if (value === 'true' || value === 'false') return { [name]: value === 'true' };
  return { [name]: Number.isNaN(Number(value)) ? value : Number(value) };
}

/** A time with its unit, in milliseconds. @throws {MisuseError} for anything else, or one out of its range. */
export function duration(setting: string, minMs: number, maxMs: number): (text: string) => number {
  return (text) => {
    const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
    const ms = Math.round(Number(number) * (unitMs[unit ?? ''] ?? Number.NaN));
    if (Number.isNaN(ms) || ms < minMs || ms > maxMs) {
      throw new MisuseError(
        setting,
        text,
        `it takes a time from ${minMs}ms to ${maxMs / 1000}s, such as 500ms, 2s or 1m`,
      );
    }
    return ms;
  };
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

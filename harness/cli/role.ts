/** What broker, serve and request have in common: they take one role of one pattern, with that pattern's own settings. */
import type { Command } from 'commander';
import { variantOf } from '../../patterns/names.ts';
import { checkEndpoints } from '../../patterns/parts/endpoint.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { MisuseError } from '../../patterns/transaction.ts';
import { findPattern } from '../registry.ts';
import { type GivenSettings, patternsOption, settingsOption } from './options.ts';

export interface RoleOptions {
  readonly pattern?: string;
  readonly variant?: string;
  readonly set: GivenSettings;
  readonly patterns: readonly string[];
}

export function withRoleOptions(command: Command, pattern?: string): Command {
  return command
    .option('--pattern <name>', 'which pattern', pattern)
    .option('--variant <name>', 'which of its variants; its first by default')
    .addOption(settingsOption())
    .addOption(patternsOption());
}

export interface Role {
  readonly pattern: AnyPattern;
  readonly variant: string;
  /** What was set, checked by the pattern's table: nothing else may stand among what a role is given. */
  readonly settings: GivenSettings;
  /** How large a request or a reply may be. */
  readonly payloadLimitBytes: number;
}

/** @throws {MisuseError} for a pattern, variant or setting that there is not, or a value that is not allowed. */
export async function roleOf({ pattern: name, variant: given, set, patterns }: RoleOptions): Promise<Role> {
  if (name === undefined) throw new MisuseError('pattern', name, 'it takes one that `privateer list` names');
  const { pattern } = await findPattern(name, patterns);
  const [variant, { settings }] = variantOf(pattern, given);
  const { payloadLimitBytes } = withDefaults(pattern.settings, set, settings) as unknown as Role;
  return { pattern, variant, settings: set, payloadLimitBytes };
}

/** Endpoints by commas. @throws {MisuseError} naming the option, for none, or what is no endpoint. */
export function endpointsOf(option: 'bind' | 'connect', list: string | undefined): readonly string[] {
  return checkEndpoints(option, list?.split(','));
}

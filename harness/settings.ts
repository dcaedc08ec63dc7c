/** A pattern's settings as a scenario has them: its own over the variant's over the defaults. */
import { variantOf } from '../patterns/names.ts';
import { withDefaults } from '../patterns/parts/settings.ts';
import type { AnyPattern } from '../patterns/pattern.ts';
import type { Scenario } from './scenario.ts';

export function settingsOf(
  pattern: AnyPattern,
  { variant: name, settings }: Pick<Scenario, 'variant' | 'settings'>,
): Readonly<Record<string, unknown>> {
  const [, variant] = variantOf(pattern, name);
  return withDefaults(pattern.settings, settings, variant.settings);
}

/** The table of settings in each pattern's README, made of the settings themselves. Pure: the same pattern gives the same text. */
import type { Setting } from '../patterns/parts/settings.ts';
import type { AnyPattern } from '../patterns/pattern.ts';
import { between } from './between.ts';
import { table } from './sections/section.ts';

/** README with the pattern's settings between its marks. @throws {Error} where it lacks the marks. */
export function readmeWithSettings(readme: string, pattern: AnyPattern): string {
  return between(readme, 'settings', settingsTable(pattern));
}

function settingsTable(pattern: AnyPattern): string {
  const rows = Object.entries(pattern.settings as Record<string, Setting>).map(([name, setting]) => {
    const { who, what } = told(setting.about);
    return [`\`${name}\``, who, defaults(pattern, name, setting), unit(setting), allows(setting), what];
  });
  return table(['setting', 'who takes it', 'default', 'unit', 'allowed', 'what it is'], rows, 6);
}

/** Who takes a setting stands before what it is; where nobody does, everybody takes it. */
function told(about: string): { who: string; what: string } {
  const [, who, what] =
    /^((?:client|server|broker|both ends)(?:(?:, | and )(?:client|server|broker))*): (.*)$/.exec(about) ?? [];
  return who === undefined ? { who: 'all', what: about } : { who, what: what! };
}

/** The pattern's own, and those of variants that differ. */
function defaults({ variants }: AnyPattern, name: string, setting: Setting): string {
  const others = new Map<string, string[]>();
  for (const [variant, { settings }] of Object.entries(variants)) {
    const own = (settings as Readonly<Record<string, unknown>>)[name];
    if (own !== undefined && own !== setting.default) {
      const value = figure(own);
      others.set(value, [...(others.get(value) ?? []), `\`${variant}\``]);
    }
  }
  return [figure(setting.default), ...[...others].map(([value, names]) => `${value} in ${names.join(', ')}`)].join(
    '; ',
  );
}

function unit(setting: Setting): string {
  return setting.kind === 'number' ? setting.unit : '';
}

function allows(setting: Setting): string {
  if (setting.kind === 'number') return `${figure(setting.min)} to ${figure(setting.max)}`;
  return setting.kind === 'switch' ? 'true, false' : setting.options.join(', ');
}

/** `5000`, `65 536`: long ones with a gap at each thousand, that they can be read. */
function figure(value: unknown): string {
  const text = String(value);
  return typeof value === 'number' && value >= 10_000 ? text.replace(/\B(?=(\d{3})+$)/g, ' ') : text;
}

/** Settings as data: defaults, units and limits in one table, from which checks, documents and `list` are made. */
import { MisuseError } from '../transaction.ts';

export interface NumberSetting {
  readonly kind: 'number';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: 'ms' | 'bytes' | 'transactions' | 'requests' | 'messages' | 'slots' | 'services' | 'workers';
  readonly about: string;
  /** A setting of the same table that it has to exceed. */
  readonly above?: string;
}

export interface SwitchSetting {
  readonly kind: 'switch';
  readonly default: boolean;
  readonly about: string;
}

/** One word of a few. */
export interface ChoiceSetting {
  readonly kind: 'choice';
  readonly default: string;
  readonly options: readonly [string, ...string[]];
  readonly about: string;
}

export type Setting = NumberSetting | SwitchSetting | ChoiceSetting;
export type Settings = Readonly<Record<string, Setting>>;

/** The values of a table of settings. */
export type Values<S extends Settings> = { readonly [K in keyof S]: ValueOf<S[K]> };
type ValueOf<T extends Setting> = T extends ChoiceSetting
  ? T['options'][number]
  : T extends NumberSetting
    ? number
    : boolean;

/** What a caller may give of them: anything, where the pattern is only known at run time; it is checked then. */
export type Given<S extends Settings> = string extends keyof S ? Readonly<Record<string, unknown>> : Partial<Values<S>>;

/** Every setting's value: the one given where there is one, checked, otherwise the variant's, otherwise its default. */
export function withDefaults<S extends Settings>(
  settings: S,
  given: Readonly<Record<string, unknown>>,
  variant: Readonly<Record<string, unknown>> = {},
): Values<S> {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    if (given[name] !== undefined && !Object.hasOwn(settings, name)) throw unknownSetting(name, settings);
  }
  for (const [name, setting] of Object.entries(settings)) {
    const otherwise = variant[name] ?? setting.default;
    values[name] = checked(name, setting, given[name] === undefined ? otherwise : given[name]);
  }
  for (const [name, setting] of Object.entries(settings)) checkAbove(name, setting, values);
  return values as Values<S>;
}

/** What a setting allows, in words. */
export function allowed(setting: Setting): string {
  if (setting.kind === 'switch') return 'true or false';
  if (setting.kind === 'choice') return setting.options.join(' or ');
  const above = setting.above === undefined ? '' : `, above ${setting.above}`;
  return `a whole number of ${setting.unit} from ${setting.min} to ${setting.max}${above}`;
}

function checked(name: string, setting: Setting, given: unknown): unknown {
  // On a command line `0.1` is a number before anybody knows which setting it is for.
  const value = setting.kind === 'choice' && typeof given === 'number' ? String(given) : given;
  if (!fits(setting, value)) throw new MisuseError(name, given, `it takes ${allowed(setting)}`);
  return value;
}

function checkAbove(name: string, setting: Setting, values: Readonly<Record<string, unknown>>): void {
  if (setting.kind !== 'number' || setting.above === undefined) return;
  const least = values[setting.above] as number;
  if ((values[name] as number) > least) return;
  throw new MisuseError(name, values[name], `it has to be above ${setting.above}, which is ${least}`);
}

function fits(setting: Setting, given: unknown): boolean {
  if (setting.kind === 'switch') return typeof given === 'boolean';
  if (setting.kind === 'choice') return setting.options.some((option) => option === given);
  return Number.isInteger(given) && (given as number) >= setting.min && (given as number) <= setting.max;
}

function unknownSetting(name: string, settings: Settings): MisuseError {
  return new MisuseError('setting', name, settingsThereAre(settings));
}

/** For whoever named one that there is not. */
export function settingsThereAre(settings: Settings): string {
  return `the settings are ${Object.keys(settings).sort().join(', ')}`;
}

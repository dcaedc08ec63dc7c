/** Settings as data: defaults, units and limits in one table, from which checks, documents and `list` are made. */
import { MisuseError } from '../transaction.ts';

export interface NumberSetting {
  readonly kind: 'number';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: 'ms' | 'bytes' | 'transactions' | 'requests' | 'messages' | 'slots' | 'services';
  readonly about: string;
}

export interface SwitchSetting {
  readonly kind: 'switch';
  readonly default: boolean;
  readonly about: string;
}

export type Setting = NumberSetting | SwitchSetting;
export type Settings = Readonly<Record<string, Setting>>;

/** The values of a table of settings. */
export type Values<S extends Settings> = { readonly [K in keyof S]: S[K] extends NumberSetting ? number : boolean };

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
    values[name] = checked(name, setting, given[name] ?? variant[name] ?? setting.default);
  }
  return values as Values<S>;
}

/** What a setting allows, in words. */
export function allowed(setting: Setting): string {
  if (setting.kind === 'switch') return 'true or false';
  return `a whole number of ${setting.unit} from ${setting.min} to ${setting.max}`;
}

function checked(name: string, setting: Setting, given: unknown): unknown {
  const fits =
    setting.kind === 'switch'
      ? typeof given === 'boolean'
      : Number.isInteger(given) && (given as number) >= setting.min && (given as number) <= setting.max;
  if (!fits) throw new MisuseError(name, given, `it takes ${allowed(setting)}`);
  return given;
}

function unknownSetting(name: string, settings: Settings): MisuseError {
  return new MisuseError('setting', name, `the settings are ${Object.keys(settings).sort().join(', ')}`);
}

/** What clients and services may be called: names go into fields of fixed size, ledgers and file names. */
import { clientIdBytesMax, serviceBytesMax } from './parts/envelope.ts';
import type { AnyPattern, Variant } from './pattern.ts';
import { type CloseOptions, MisuseError } from './transaction.ts';

export function checkClientId(given: unknown): string {
  const fits = typeof given === 'string' && /^[A-Za-z0-9._-]+$/.test(given) && given.length <= clientIdBytesMax;
  if (!fits)
    throw new MisuseError('clientId', given, `it takes 1 to ${clientIdBytesMax} letters, digits, ".", "_", "-"`);
  return given as string;
}

export function checkService(given: unknown): string {
  const fits = typeof given === 'string' && /^[\x21-\x7e]+$/.test(given) && given.length <= serviceBytesMax;
  if (!fits) throw new MisuseError('service', given, `it takes 1 to ${serviceBytesMax} printable ASCII characters`);
  if ((given as string).startsWith('mmi.'))
    throw new MisuseError('service', given, 'names in "mmi." are the broker’s own');
  return given as string;
}

export function checkWhole(setting: string, given: unknown, min: number, max: number): number {
  if (!Number.isInteger(given) || (given as number) < min || (given as number) > max) {
    throw new MisuseError(setting, given, `it takes a whole number from ${min} to ${max}`);
  }
  return given as number;
}

/** @throws {MisuseError} for what is no object; `names` are those that it may have, where they are all known here. */
export function checkObject<T extends object>(what: string, given: T, names?: readonly string[]): T {
  if (typeof given !== 'object' || given === null) throw new MisuseError(what, given, 'it takes an object');
  if (names !== undefined) {
    for (const name in given) {
      if (!names.includes(name)) throw new MisuseError('option', name, `the options are ${names.join(', ')}`);
    }
  }
  return given;
}

export function checkSignal(given: unknown): AbortSignal | undefined {
  if (given === undefined || given instanceof AbortSignal) return given;
  throw new MisuseError('signal', given, 'it takes an AbortSignal');
}

export const closeOptions = ['drainMs'] as const satisfies (keyof CloseOptions)[];

/** The variant of that name, or the pattern's first. */
export function variantOf(pattern: AnyPattern, given: unknown): [string, Variant] {
  if (typeof pattern?.variants !== 'object') {
    throw new MisuseError('pattern', pattern, 'it takes a pattern, such as `freelance` of "privateer/freelance"');
  }
  const names = Object.keys(pattern.variants);
  const name = given === undefined ? names[0]! : given;
  if (typeof name !== 'string' || !Object.hasOwn(pattern.variants, name)) {
    throw new MisuseError('variant', given, `${pattern.name} has ${names.join(', ')}`);
  }
  return [name, pattern.variants[name]!];
}

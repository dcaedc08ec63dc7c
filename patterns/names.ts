/** What clients and services may be called: names go into fields of fixed size, ledgers and file names. */
import { clientIdBytesMax, serviceBytesMax } from './parts/envelope.ts';
import type { AnyPattern, Variant } from './pattern.ts';
import { MisuseError } from './transaction.ts';

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

/** The variant of that name, or the pattern's first. */
export function variantOf(pattern: AnyPattern, given: unknown): [string, Variant] {
  const names = Object.keys(pattern.variants);
  const name = given === undefined ? names[0]! : given;
  if (typeof name !== 'string' || !Object.hasOwn(pattern.variants, name)) {
    throw new MisuseError('variant', given, `${pattern.name} has ${names.join(', ')}`);
  }
  return [name, pattern.variants[name]!];
}

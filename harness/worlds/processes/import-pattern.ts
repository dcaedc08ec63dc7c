/** A pattern by the module that exports it, as a process of a run is told. */
import { pathToFileURL } from 'node:url';
import type { AnyPattern } from '../../../patterns/pattern.ts';

export async function importPattern(url: string): Promise<AnyPattern> {
  const module = (await import(url.startsWith('file:') ? url : pathToFileURL(url).href)) as Record<string, unknown>;
  return Object.values(module).find(
    (value) => typeof value === 'object' && value !== null && 'variants' in value,
  ) as AnyPattern;
}

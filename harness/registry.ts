/**
 * What there is to run. A folder with a `pattern` module in it is a pattern, a module under `faults/` is a fault:
 * adding one is adding it. Folders of patterns may stand anywhere, so canaries and users' own take part too.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AnyPattern } from '../patterns/pattern.ts';
import { MisuseError } from '../patterns/transaction.ts';
import type { Fault, WorldName } from './faults/fault.ts';

export interface FoundPattern {
  readonly pattern: AnyPattern;
  /** The module that exports it, for a process that is to run it. */
  readonly url: string;
}

/** Patterns by name: the built-in ones, and those in further folders of patterns. */
export async function findPatterns(folders: readonly string[] = []): Promise<Map<string, FoundPattern>> {
  const found = new Map<string, FoundPattern>();
  for (const folder of [builtIn, ...folders.map((given) => resolve(given))]) {
    for (const path of await patternModules(folder)) {
      const url = pathToFileURL(path).href;
      const pattern = Object.values((await import(url)) as object).find(isPattern);
      if (pattern !== undefined) found.set(pattern.name, { pattern, url });
    }
  }
  return found;
}

/** @throws {MisuseError} naming those there are. */
export async function findPattern(name: string, folders: readonly string[] = []): Promise<FoundPattern> {
  const found = await findPatterns(folders);
  const pattern = found.get(name);
  if (pattern === undefined) throw new MisuseError('pattern', name, `there are ${[...found.keys()].join(', ')}`);
  return pattern;
}

/** Faults by name: all of them, or those that mean something in that world. */
export async function findFaults(world?: WorldName): Promise<Map<string, Fault>> {
  const found = new Map<string, Fault>();
  for (const file of (await readdir(faultsFolder)).sort()) {
    if (extname(file) !== extension || file.endsWith('.d.ts')) continue;
    const module = (await import(pathToFileURL(join(faultsFolder, file)).href)) as object;
    for (const fault of Object.values(module).filter(isFault)) {
      if (world === undefined || fault.worlds.includes(world)) found.set(fault.name, fault);
    }
  }
  return found;
}

async function patternModules(folder: string): Promise<string[]> {
  if (!existsSync(folder)) throw new MisuseError('patterns', folder, 'it takes a folder that is there');
  const entries = await readdir(folder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
  return folders
    .sort()
    .map((one) => join(one, `pattern${extension}`))
    .filter((path) => existsSync(path));
}

function isPattern(value: unknown): value is AnyPattern {
  return typeof value === 'object' && value !== null && 'client' in value && 'server' in value && 'variants' in value;
}

function isFault(value: unknown): value is Fault {
  return typeof value === 'object' && value !== null && 'strikes' in value && 'name' in value;
}

const here = fileURLToPath(import.meta.url);
const extension = extname(basename(here));
const builtIn = resolve(here, '../../patterns');
const faultsFolder = resolve(here, '../faults');

/** Every reproduction there is: each module of this folder that exports one. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MisuseError } from '../../patterns/transaction.ts';
import { type Machine, machine } from '../machine.ts';
import type { Check, Reproduction, ReproductionOptions } from './reproduction.ts';

/** What came of one. */
export interface Reproduced {
  readonly reproduction: string;
  readonly claim: string;
  readonly source: string;
  /** Whether every check holds. */
  readonly reproduced: boolean;
  readonly checks: readonly Check[];
  readonly figures: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly quick: boolean;
  readonly machine: Machine;
}

export async function findReproductions(): Promise<Map<string, Reproduction>> {
  const found = new Map<string, Reproduction>();
  for (const file of (await readdir(dirname(here))).sort()) {
    if (extname(file) !== extname(here) || file.endsWith('.d.ts') || file === basename(here)) continue;
    const module = (await import(pathToFileURL(join(dirname(here), file)).href)) as object;
    for (const one of Object.values(module).filter(isReproduction)) found.set(one.name, one);
  }
  return found;
}

/** @throws {MisuseError} naming those there are. */
export async function findReproduction(name: string | undefined): Promise<Reproduction> {
  const found = await findReproductions();
  const reproduction = found.get(name ?? '');
  if (reproduction === undefined) {
    throw new MisuseError('reproduction', name, `there are ${[...found.keys()].join(', ')}`);
  }
  return reproduction;
}

export async function putToTheTest(reproduction: Reproduction, options: ReproductionOptions): Promise<Reproduced> {
  const { name, claim, source } = reproduction;
  const { seed, quick } = options;
  const where = machine();
  const { checks, figures } = await reproduction.reproduce(options);
  const reproduced = checks.length > 0 && checks.every(({ holds }) => holds);
  return { reproduction: name, claim, source, reproduced, checks, figures, seed, quick, machine: where };
}

function isReproduction(value: unknown): value is Reproduction {
  return typeof value === 'object' && value !== null && 'reproduce' in value && 'claim' in value;
}

const here = fileURLToPath(import.meta.url);

/**
 * A campaign's folder: `campaign.json` is its plan, `block-1/<scenario>/<contestant>/` has the runs of one turn, each in
 * a folder of its own, `failures.jsonl` names those that could not be made, and `result.json` is what all of it came to. Which runs were made is read off the runs
 * themselves, so it can be killed at any moment and goes on where it was.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MisuseError } from '../../patterns/transaction.ts';
import { readLines } from '../history.ts';
import { type Machine, machine } from '../machine.ts';
import type { Summary } from '../summary.ts';
import { type Plan, turnsOf } from './plan.ts';
import type { CampaignResult, Tries } from './result.ts';

/** Makes the folder of a campaign that begins. */
export function createFolder(runsFolder: string, plan: Plan): string {
  const folder = join(runsFolder, plan.id);
  mkdirSync(folder, { recursive: true });
  writePlan(folder, plan);
  return folder;
}

export function writePlan(folder: string, plan: Plan): void {
  writeWhole(join(folder, planFile), plan);
}

/**
 * The plan of a campaign that was begun.
 * @throws {MisuseError} for a folder that is none of a campaign, or of one that was begun on another machine.
 */
export function planIn(folder: string): Plan {
  const path = join(folder, planFile);
  if (!existsSync(path))
    throw new MisuseError('resume', folder, `it takes a campaign's folder, with ${planFile} in it`);
  const plan = parsed<Plan>(path);
  if (!Array.isArray(plan?.contestants) || !Array.isArray(plan.scenarios)) {
    throw new MisuseError('resume', folder, `its ${planFile} must be a campaign's plan`);
  }
  const [there, here] = [wordsOf(plan.machine), wordsOf(machine())];
  if (there === here) return plan;
  throw new MisuseError('resume', folder, `it was begun on ${there}, and here is ${here}`);
}

/** Every run that was made to its end, by its turn. */
export function triesIn(folder: string, plan: Plan): Tries {
  return new Map(turnsOf(plan).map((turn) => [turn.folder, summariesIn(join(folder, turn.folder))]));
}

/** All tries of one turn, in their order: runs are named by when they began. */
export function summariesIn(folder: string): Summary[] {
  if (!existsSync(folder)) return [];
  const runs = readdirSync(folder).sort();
  return runs.map((id) => parsed<Summary>(join(folder, id, 'summary.json'))).filter((summary) => summary !== undefined);
}

/** A run that could not be made to its end. */
export interface Failure {
  /** Its turn's, within the campaign's. */
  readonly folder: string;
  readonly reason: string;
}

export function failuresIn(folder: string): Failure[] {
  const path = join(folder, failuresFile);
  return existsSync(path) ? readLines<Failure>(path) : [];
}

export function noteFailure(folder: string, failure: Failure): void {
  appendFileSync(join(folder, failuresFile), `${JSON.stringify(failure)}\n`);
}

export function writeResult(folder: string, result: CampaignResult): void {
  writeWhole(join(folder, resultFile), result);
}

const planFile = 'campaign.json';
export const resultFile = 'result.json';
const failuresFile = 'failures.jsonl';

/** Undefined where it is not there, or was being written when the harness was killed. */
function parsed<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** In one step, so that nobody ever reads half of it. */
function writeWhole(path: string, value: unknown): void {
  writeFileSync(`${path}.part`, `${JSON.stringify(value, undefined, 2)}\n`);
  renameSync(`${path}.part`, path);
}

function wordsOf({ cpu, cores, platform, node, zeromq, libzmq }: Machine): string {
  return `${cpu}, ${cores} cores, ${platform}, Node ${node}, zeromq ${zeromq} (libzmq ${libzmq})`;
}

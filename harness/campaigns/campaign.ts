/**
 * A campaign: every pattern meets every scenario, again and again, in paired blocks. All runs of a block have the same
 * seed, so the same arrivals and the same fault times; each is in fresh processes, and the order is rotated.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MisuseError } from '../../patterns/transaction.ts';
import { isSettled, type Runner, runUntilConclusive } from '../run-until-conclusive.ts';
import { failuresIn, noteFailure, summariesIn, triesIn, writeResult } from './folder.ts';
import { type Plan, scenarioOf, type Turn, turnsOf } from './plan.ts';
import { type CampaignResult, resultOf } from './result.ts';

export interface CampaignOptions {
  readonly signal?: AbortSignal;
  readonly onPhase?: (turn: Turn, progress: CampaignProgress) => void;
  readonly runner?: Runner;
}

export interface CampaignProgress {
  /** Which run of the plan it is, from 1, of how many. */
  readonly number: number;
  readonly total: number;
  readonly phase: string;
  /** Until the end, judging by the runs so far; undefined before the first. */
  readonly leftMs?: number;
}

/**
 * Makes every run of the plan that its folder does not have yet, and writes down what all of them came to: also where it
 * is stopped, or a run fails. What was made stays made, and the same call goes on from there.
 * @throws {Error} when a run could not be made three times in a row, or `signal`'s reason. Leaves no process behind.
 */
export async function conduct(folder: string, plan: Plan, options: CampaignOptions = {}): Promise<CampaignResult> {
  try {
    await makeRuns(folder, plan, options);
  } catch (error) {
    conclude(folder, plan);
    throw error;
  }
  return conclude(folder, plan);
}

async function makeRuns(folder: string, plan: Plan, options: CampaignOptions): Promise<void> {
  const turns = turnsOf(plan);
  const left = turns.filter((turn) => !isSettled(summariesIn(join(folder, turn.folder))));
  const began = performance.now();
  for (const [made, turn] of left.entries()) {
    const place = { number: turns.length - left.length + made + 1, total: turns.length };
    const pace = (performance.now() - began) / made;
    const progress = made === 0 ? place : { ...place, leftMs: pace * (left.length - made) };
    const onPhase = (phase: string) => options.onPhase?.(turn, { ...progress, phase });
    await makeTurn(folder, plan, turn, { ...options, onPhase });
  }
}

/** In an hour of runs a process may fail to start once; where it does again and again, there is no campaign to be had. */
async function makeTurn(folder: string, plan: Plan, turn: Turn, options: TurnOptions): Promise<void> {
  for (let failures = 1; ; failures++) {
    options.signal?.throwIfAborted();
    try {
      await tryTurn(join(folder, turn.folder), plan, turn, options);
      return;
    } catch (error) {
      if (options.signal?.aborted === true || error instanceof MisuseError) throw error;
      noteFailure(folder, { folder: turn.folder, reason: error instanceof Error ? error.message : String(error) });
      if (failures === failuresMax) throw error;
    }
  }
}

interface TurnOptions extends Omit<CampaignOptions, 'onPhase'> {
  readonly onPhase: (phase: string) => void;
}

async function tryTurn(runsFolder: string, plan: Plan, turn: Turn, options: TurnOptions): Promise<void> {
  const { patternFolders } = plan;
  mkdirSync(runsFolder, { recursive: true });
  await runUntilConclusive(scenarioOf(turn), {
    ...options,
    runsFolder,
    patternFolders,
    before: summariesIn(runsFolder),
  });
}

function conclude(folder: string, plan: Plan): CampaignResult {
  const result = resultOf(plan, triesIn(folder, plan), failuresIn(folder));
  writeResult(folder, result);
  return result;
}

const failuresMax = 3;

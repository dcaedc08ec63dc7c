/** `compare`, where it is repeated: a campaign that begins, or goes on. */
import { resolve } from 'node:path';
import { MisuseError } from '../../patterns/transaction.ts';
import { type CampaignProgress, conduct } from '../campaigns/campaign.ts';
import { createFolder, planIn, writePlan } from '../campaigns/folder.ts';
import { type Asked, type Changes, type Plan, planCampaign, type Turn, turnsOf } from '../campaigns/plan.ts';
import { type CampaignResult, compact } from '../campaigns/result.ts';
import { comparedScenario } from '../compare.ts';
import { campaignTerminalTable } from '../report/campaign-table.ts';
import { writePage } from '../report/page.ts';
import { counted } from '../report/words.ts';
import { Progress } from './progress.ts';
import { type CommonOptions, print, printJson, stopOnSignals } from './terminal.ts';

export interface CampaignOptions extends CommonOptions {
  readonly repeat?: number;
  readonly scenario?: readonly string[];
  readonly pattern?: string;
  readonly fault: string;
}

/** `asked`: the options that were given, by their names. `changes`: what they change in every scenario. */
export async function beginCampaign(options: CampaignOptions, asked: Asked, changes: Changes): Promise<void> {
  if (asked['fault'] !== undefined && options.scenario !== undefined) {
    throw new MisuseError('fault', options.fault, 'scenarios have faults of their own: give --scenario or --fault');
  }
  const seed = options.seed ?? 1;
  const faults = asked['fault'] === undefined ? undefined : options.fault.split(',');
  const scenarios = faults?.map((fault) => ({ ...comparedScenario(fault), name: fault }));
  const plan = await planCampaign({
    command: commandOf({ ...asked, seed }),
    asked,
    repeats: options.repeat ?? 1,
    ...(options.pattern === undefined ? {} : { contestants: options.pattern.split(',') }),
    ...(options.scenario === undefined ? {} : { scenarios: options.scenario }),
    ...(scenarios === undefined ? {} : { scenarios }),
    changes: { ...changes, seed },
    // It may go on from elsewhere.
    patternFolders: options.patterns.map((one) => resolve(one)),
  });
  await carryOut(createFolder(options.runs, plan), plan, options.json);
}

/**
 * By the same plan, or by more blocks of it: those it has are the first of a longer one.
 * @throws {MisuseError} where options are given with it that are not those of its plan.
 */
export async function resumeCampaign(folder: string, asked: Asked, json: boolean): Promise<void> {
  const begun = planIn(folder);
  refuseAnother(folder, begun, asked);
  const repeats = (asked['repeat'] as number | undefined) ?? begun.repeats;
  const plan = repeats === begun.repeats ? begun : lengthened(begun, repeats);
  if (plan !== begun) writePlan(folder, plan);
  await carryOut(folder, plan, json);
}

function refuseAnother(folder: string, plan: Plan, asked: Asked): void {
  for (const [name, given] of Object.entries(asked)) {
    const before = { seed: plan.seed, repeat: plan.repeats, ...plan.asked }[name];
    if (JSON.stringify(given) === JSON.stringify(before)) continue;
    if (name === 'repeat' && (given as number) > plan.repeats) continue;
    const was = before === undefined ? `without --${name}` : `with ${typed(name, before).join(' ')}`;
    const how =
      name === 'repeat'
        ? `has ${counted(plan.repeats, 'block')}, and goes on with as many or more`
        : `was begun ${was}, and goes on as it was begun`;
    throw new MisuseError(name, typed(name, given).join(' '), `${folder} ${how}`);
  }
}

function lengthened(plan: Plan, repeats: number): Plan {
  const asked = { ...plan.asked, repeat: repeats };
  return { ...plan, command: commandOf({ ...asked, seed: plan.seed }), asked, repeats };
}

async function carryOut(folder: string, plan: Plan, json: boolean): Promise<void> {
  const progress = new Progress(json);
  const signal = stopOnSignals();
  if (!json) print(`${turnsOf(plan).length} runs in ${plan.repeats} blocks, seed ${plan.seed}; in ${folder}/\n`);
  let result: CampaignResult;
  try {
    result = await conduct(folder, plan, { signal, onPhase: (turn, how) => progress.say(progressLine(turn, how)) });
  } catch (error) {
    progress.end();
    if (!(error instanceof MisuseError)) {
      process.stderr.write(`privateer: it goes on with: privateer compare --resume ${folder}\n`);
    }
    throw error;
  } finally {
    progress.end();
  }
  if (json) printJson(compact(result));
  else print(campaignTerminalTable(compact(result), process.stdout.hasColors?.() ?? false));
  process.exitCode = result.honest && result.conclusive && result.keepsClaims ? 0 : 1;
  if (result.cells.every(({ runs }) => runs.length === 0)) return;
  const page = writePage(folder);
  if (!json) print(page);
}

function progressLine(
  { block, scenario, contestant }: Turn,
  { number, total, phase, leftMs }: CampaignProgress,
): string {
  const left = leftMs === undefined ? '' : ` (${Math.ceil(leftMs / 60_000)} min left)`;
  return `${number} of ${total}${left}: block ${block + 1}, ${scenario.name}, ${contestant.name}: ${phase}`;
}

function commandOf(asked: Asked): string {
  return ['privateer compare', ...Object.entries(asked).flatMap(([name, value]) => typed(name, value))].join(' ');
}

/** An option as it is typed; several where it was repeated. */
function typed(name: string, value: unknown): string[] {
  if (name === 'set') return Object.entries(value as object).map(([setting, to]) => `--set ${setting}=${to}`);
  if (name === 'patterns') return (value as string[]).map((one) => `--patterns ${one}`);
  return [`--${name} ${Array.isArray(value) ? value.join(',') : value}`];
}

/**
 * The story of a run on one page: a scenario becomes a world, load runs beside faults, everything heals and drains,
 * and what is left behind, the history and the ledgers, is judged and reported.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { draw } from '../patterns/parts/chance.ts';
import { checkScenario } from './check-scenario.ts';
import { collectEvidence } from './evidence.ts';
import { findFault } from './registry.ts';
import { timeline } from './report/timeline.ts';
import { type FaultEvent, faultName, type Scenario } from './scenario.ts';
import { type Summary, summarize } from './summary.ts';
import type { Supervisor } from './worlds/processes/supervisor.ts';
import { ProcessWorld } from './worlds/processes/world.ts';

export interface RunOptions {
  /** Where run folders are made. */
  readonly runsFolder: string;
  /** Further folders of patterns. */
  readonly patternFolders?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onPhase?: (phase: string) => void;
}

/** @throws {MisuseError} before anything starts; {Error} when the world could not be run. */
export async function run(scenario: Scenario, options: RunOptions): Promise<Summary> {
  const found = await checkScenario(scenario, options.patternFolders);
  const phase = options.onPhase ?? (() => undefined);
  const id = runId(scenario);
  const folder = resolve(options.runsFolder, id);
  mkdirSync(join(folder, 'ledgers'), { recursive: true });
  writeFileSync(join(folder, 'scenario.json'), `${JSON.stringify(scenario, undefined, 2)}\n`);
  const world = new ProcessWorld(scenario, found, folder, options.signal ?? new AbortController().signal);
  let patienceMs = 0;
  try {
    phase('starting');
    await world.start();
    phase('under load');
    const began = await world.beginLoad();
    const faults = scenario.faults.map((event, index) => runFault(world, scenario, event, index, began));
    await Promise.all([world.loadEnded(), ...faults]);
    phase('draining');
    await world.quiet();
    patienceMs = drainPatienceMs;
  } finally {
    await world.stop(patienceMs);
  }
  const evidence = collectEvidence(folder);
  const { summary, judgement } = summarize(id, evidence, found.pattern);
  writeFileSync(join(folder, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
  writeFileSync(join(folder, 'timeline.svg'), timeline(judgement, evidence));
  return summary;
}

/** Does one fault when its time and its trigger have come, lets it last, and cures it. */
async function runFault(
  world: ProcessWorld,
  scenario: Scenario,
  event: FaultEvent,
  index: number,
  began: number,
): Promise<void> {
  const fault = await findFault(event.fault);
  const jitterMs = event.jitterMs * draw(scenario.seed, `fault:${index}:jitter`);
  await world.sleep(event.atMs + jitterMs - (world.now() - began) / 1000);
  const victim = chooseVictim(world, scenario, event, index);
  if (!(await triggered(world, event, victim))) return;
  const stamp = (phase: 'begun' | 'done' | 'curing' | 'cured') => {
    world.write({ kind: 'fault', fault: fault.name, index, node: victim.name, phase, at: world.now() });
  };
  const from = world.now();
  stamp('begun');
  const cure = await fault.inject(victim);
  stamp('done');
  await world.sleep(event.durationMs - (world.now() - from) / 1000);
  stamp('curing');
  await cure();
  stamp('cured');
}

/** Waits for the trigger; false where it did not come while there was load. */
async function triggered(world: ProcessWorld, event: FaultEvent, victim: Supervisor): Promise<boolean> {
  // A broker keeps no ledger, so what it holds can't be seen from here.
  if (event.trigger === 'now' || victim.spec.role === 'broker') return true;
  const patience = world.now() + triggerPatienceMs * 1000;
  const hasCome = async (holds: boolean) => {
    while (victim.holds() !== holds) {
      if (world.now() > patience) return false;
      await new Promise((next) => setImmediate(next));
    }
    return true;
  };
  if (event.trigger === 'holding') return hasCome(true);
  // Idle is right after a request: just before the next would do as well, but for what comes before the fault does.
  while ((await hasCome(true)) && (await hasCome(false))) {
    await world.sleep(lastReplyMs);
    if (!victim.holds()) return true;
  }
  return false;
}

function chooseVictim(world: ProcessWorld, scenario: Scenario, event: FaultEvent, index: number): Supervisor {
  const nodes = world.nodes.filter(({ name }) => name === event.target || name.startsWith(`${event.target}-`));
  return nodes[Math.floor(draw(scenario.seed, `fault:${index}:target`) * nodes.length)]!;
}

function runId(scenario: Scenario): string {
  const stamp = new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const parts = [
    stamp,
    scenario.pattern,
    scenario.variant,
    faultName(scenario),
    Math.random().toString(36).slice(2, 6),
  ];
  return parts.filter((part) => part !== undefined).join('-');
}

const drainPatienceMs = 2000;
const triggerPatienceMs = 2000;
/** An execution is written down before its reply leaves. */
const lastReplyMs = 5;

/** The story of a run in any world: load runs beside faults, everything heals and drains. */
import { draw } from '../patterns/parts/chance.ts';
import type { Fault } from './faults/fault.ts';
import { findFaults } from './registry.ts';
import type { FaultEvent, Scenario } from './scenario.ts';
import type { World, WorldNode } from './worlds/world.ts';

/** The faults of a scenario, by their name: found before the story begins, because in virtual time nothing else may wait. */
export async function faultsOf(scenario: Scenario): Promise<ReadonlyMap<string, Fault>> {
  return scenario.faults.length === 0 ? new Map() : findFaults();
}

export async function tell(
  world: World,
  scenario: Scenario,
  faults: ReadonlyMap<string, Fault>,
  phase: (phase: string) => void = () => undefined,
): Promise<void> {
  let patienceMs = 0;
  try {
    phase('starting');
    await world.start();
    phase('under load');
    const began = await world.beginLoad();
    const done = scenario.faults.map((event, index) => runFault(world, scenario, faults, event, index, began));
    await Promise.all([world.loadEnded(), ...done]);
    phase('draining');
    await world.quiet();
    patienceMs = drainPatienceMs;
  } finally {
    await world.stop(patienceMs);
  }
}

/** Does one fault when its time and its trigger have come, lets it last, and cures it. */
async function runFault(
  world: World,
  scenario: Scenario,
  faults: ReadonlyMap<string, Fault>,
  event: FaultEvent,
  index: number,
  began: number,
): Promise<void> {
  const fault = faults.get(event.fault)!;
  const jitterMs = event.jitterMs * draw(scenario.seed, `fault:${index}:jitter`);
  await world.sleep(event.atMs + jitterMs - (world.now() - began) / 1000);
  const victim = chooseVictim(world, scenario, event, index);
  const name = { fault: fault.name, index, node: victim.name };
  const aim = await takeAim(world, event, victim, (from) => {
    world.write({ kind: 'missed', ...name, from, at: world.now() });
  });
  if (aim === undefined) return;
  const stamp = (phase: 'begun' | 'done' | 'curing' | 'cured', at = world.now()) => {
    world.write({ kind: 'fault', ...name, phase, at });
  };
  stamp('begun', aim.at);
  const cure = await fault.inject(victim);
  stamp('done');
  aim.release();
  await world.sleep(event.durationMs - (world.now() - aim.at) / 1000);
  stamp('curing');
  await cure();
  stamp('cured');
}

/** A victim that is as its trigger wants it, since a moment that counts as the fault's beginning. */
interface Aim {
  readonly at: number;
  readonly release: () => void;
}

/**
 * Waits for the trigger, and stops the victim in that state until the fault has taken hold: this process may lose the
 * CPU for longer than a request takes, and would strike at nothing. Undefined where it did not come while there was load.
 */
async function takeAim(
  world: World,
  event: FaultEvent,
  victim: WorldNode,
  missed: (from: number) => void,
): Promise<Aim | undefined> {
  // Only servers keep a ledger, so what others hold can't be seen from here.
  if (event.trigger === 'now' || victim.role !== 'server') return { at: world.now(), release: () => undefined };
  const holds = event.trigger === 'holding';
  const patience = world.now() + triggerPatienceMs * 1000;
  while (await (holds ? world.untilHolding(victim, true, left(world, patience)) : idle(world, victim, patience))) {
    const at = world.now();
    await victim.halt();
    if (await world.untilHolding(victim, holds, 0)) return { at, release: () => victim.release() };
    victim.release();
    missed(at);
  }
  return undefined;
}

/** Idle is right after a request: just before the next would do as well, but for what comes before the fault does. */
async function idle(world: World, victim: WorldNode, patience: number): Promise<boolean> {
  const hasCome = (holds: boolean) => world.untilHolding(victim, holds, left(world, patience));
  while ((await hasCome(true)) && (await hasCome(false))) {
    await world.sleep(lastReplyMs);
    if (await world.untilHolding(victim, false, 0)) return true;
  }
  return false;
}

function left(world: World, patience: number): number {
  return Math.max(0, (patience - world.now()) / 1000);
}

function chooseVictim(world: World, scenario: Scenario, event: FaultEvent, index: number): WorldNode {
  const nodes = world.nodes.filter(({ name }) => name === event.target || name.startsWith(`${event.target}-`));
  return nodes[Math.floor(draw(scenario.seed, `fault:${index}:target`) * nodes.length)]!;
}

const drainPatienceMs = 2000;
const triggerPatienceMs = 2000;
/** An execution is written down before its reply leaves. */
const lastReplyMs = 5;

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
async function triggered(world: World, event: FaultEvent, victim: WorldNode): Promise<boolean> {
  // A broker keeps no ledger, so what it holds can't be seen from here.
  if (event.trigger === 'now' || victim.role === 'broker') return true;
  const patience = world.now() + triggerPatienceMs * 1000;
  const hasCome = (holds: boolean) => world.untilHolding(victim, holds, (patience - world.now()) / 1000);
  if (event.trigger === 'holding') return hasCome(true);
  // Idle is right after a request: just before the next would do as well, but for what comes before the fault does.
  while ((await hasCome(true)) && (await hasCome(false))) {
    await world.sleep(lastReplyMs);
    if (await world.untilHolding(victim, false, 0)) return true;
  }
  return false;
}

function chooseVictim(world: World, scenario: Scenario, event: FaultEvent, index: number): WorldNode {
  const nodes = world.nodes.filter(({ name }) => name === event.target || name.startsWith(`${event.target}-`));
  return nodes[Math.floor(draw(scenario.seed, `fault:${index}:target`) * nodes.length)]!;
}

const drainPatienceMs = 2000;
const triggerPatienceMs = 2000;
/** An execution is written down before its reply leaves. */
const lastReplyMs = 5;

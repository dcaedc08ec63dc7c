/** The story of a run in any world: load runs beside faults, everything heals and drains. */
import type { Cure, Fault, Injection } from './faults/fault.ts';
import { optionsOf } from './faults/options.ts';
import type { FaultEvent, Scenario } from './scenario.ts';
import { aimedAt, resolveFaults } from './targets.ts';
import type { ServerState, World, WorldNode } from './worlds/world.ts';

export async function tell(
  world: World,
  given: Scenario,
  faults: ReadonlyMap<string, Fault>,
  phase: (phase: string) => void = () => undefined,
): Promise<void> {
  let patienceMs = 0;
  try {
    phase('starting');
    await world.start();
    phase('under load');
    const began = await world.beginLoad();
    const scenario = resolveFaults(
      given,
      { nodes: world.nodes.map(({ name }) => name), links: (world.links ?? []).map(({ name }) => name) },
      faults,
    );
    const loaded = { began, ended: began + given.load.durationMs * 1000 };
    const done = scenario.faults.map((event, index) => runFault(world, faults.get(event.fault)!, event, index, loaded));
    const over = Promise.all([world.loadEnded(), ...done]);
    const { interrupted = over } = world;
    await Promise.race([over, interrupted]);
    phase('draining');
    await world.quiet();
    patienceMs = drainPatienceMs;
  } finally {
    await world.stop(patienceMs);
  }
}

/** When there is load. */
interface Loaded {
  readonly began: number;
  readonly ended: number;
}

/** Does one fault when its time and its trigger have come, lets it last, and cures it. */
async function runFault(world: World, fault: Fault, event: FaultEvent, index: number, load: Loaded): Promise<void> {
  const name = { fault: fault.name, index, node: event.target };
  const stamp = (phase: 'begun' | 'done' | 'curing' | 'cured', at = world.now()) => {
    world.write({ kind: 'fault', ...name, phase, at });
  };
  await world.sleep(event.atMs - (world.now() - load.began) / 1000);
  const aim = await takeAim(world, fault, event, load, (from) => {
    world.write({ kind: 'missed', ...name, from, at: world.now() });
  });
  if (aim === undefined) return;
  let begun: number | undefined;
  const struck = (at: number) => {
    begun = at;
    stamp('begun', at);
  };
  if (fault.manner !== 'in-wait') struck(aim.at);
  const options = optionsOf(fault, event, `faults.${index}`);
  const injecting = inject(world, fault, event.target, {
    options,
    durationMs: event.durationMs,
    sleep: (ms, signal) => world.sleep(ms, signal),
    struck,
  });
  if (fault.manner === 'by-victim') aim.release();
  const cure = await injecting;
  if (begun === undefined) {
    await cure();
    return;
  }
  stamp('done');
  if (fault.manner !== 'by-victim') aim.release();
  if (fault.isMomentary !== true) await world.sleep(event.durationMs - (world.now() - begun) / 1000);
  stamp('curing');
  await cure();
  stamp('cured');
}

function inject(world: World, fault: Fault, target: string, injection: Injection<unknown>): Promise<Cure> {
  if (fault.strikes === 'load') return Promise.resolve(() => Promise.resolve());
  const isTarget = ({ name }: { readonly name: string }) => name === target;
  if (fault.strikes === 'link') return fault.inject(world.links!.find(isTarget)!, injection);
  return fault.inject(world.nodes.find(isTarget)!, injection);
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
  fault: Fault,
  event: FaultEvent,
  load: Loaded,
  missed: (from: number) => void,
): Promise<Aim | undefined> {
  const aimed = aimedAt(fault, event.target);
  const victim = world.nodes.find(({ name }) => name === aimed);
  const isAimless = fault.manner === 'in-wait' || fault.manner === 'from-the-start';
  // Only servers keep a ledger, so what others hold can't be seen from here.
  if (isAimless || event.trigger === 'now' || victim?.role !== 'server')
    return { at: world.now(), release: () => undefined };
  if (typeof event.trigger === 'object') {
    const isHalted = await world.haltAfter(victim, event.trigger.afterRequests, left(world, load.ended));
    return isHalted ? { at: world.now(), release: () => victim.release() } : undefined;
  }
  const state = statesOf[event.trigger];
  const patience = world.now() + triggerPatienceMs * 1000;
  const hasCome = () =>
    state === 'idle' ? idle(world, victim, patience) : world.until(victim, state, left(world, patience));
  while (await hasCome()) {
    const at = world.now();
    // An idle one is struck as it runs: to stop it first would only let requests come to it that it never reads.
    if (state === 'idle') return { at, release: () => undefined };
    await victim.halt();
    if (await world.until(victim, state, 0)) return { at, release: () => victim.release() };
    victim.release();
    missed(at);
  }
  return undefined;
}

/** Idle is right after a request: just before the next would do as well, but for what comes before the fault does. */
async function idle(world: World, victim: WorldNode, patience: number): Promise<boolean> {
  const hasCome = (state: ServerState) => world.until(victim, state, left(world, patience));
  while ((await hasCome('holding')) && (await hasCome('idle'))) {
    await world.sleep(lastReplyMs);
    if (await world.until(victim, 'idle', 0)) return true;
  }
  return false;
}

function left(world: World, patience: number): number {
  return Math.max(0, (patience - world.now()) / 1000);
}

const statesOf = { 'holding-in-flight': 'holding', busy: 'busy', idle: 'idle' } as const;
const drainPatienceMs = 2000;
const triggerPatienceMs = 2000;
/** An execution is written down before its reply leaves. */
const lastReplyMs = 5;

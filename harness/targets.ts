/** What a scenario's faults may be aimed at, and what a symbolic target comes to. */
import { draw } from '../patterns/parts/chance.ts';
import type { AnyPattern } from '../patterns/pattern.ts';
import type { Fault } from './faults/fault.ts';
import type { FaultEvent, Scenario } from './scenario.ts';
import { wiringOf } from './wiring.ts';

/** The names of the servers, the brokers and the client. */
export function nodesOf(scenario: Scenario, pattern: AnyPattern): string[] {
  const { servers, brokers } = wiringOf(scenario, pattern);
  return [...numbered('server', servers), ...numbered('broker', brokers), 'client'];
}

/**
 * The same scenario with each target a node's or a link's name, and each time exact: what the seed draws is drawn. An
 * event that strikes several becomes several. A scenario that is resolved stays as it is.
 */
export function resolveFaults(
  scenario: Scenario,
  nodes: readonly string[],
  faults: ReadonlyMap<string, Fault>,
): Scenario {
  const events = scenario.faults.flatMap((event, index): FaultEvent[] => {
    const chance = (key: string) => draw(scenario.seed, `fault:${index}:${key}`);
    const atMs = event.atMs + event.jitterMs * chance('jitter');
    const targets = targetsOf(event.target, faults.get(event.fault)!, nodes, chance);
    return targets.map((target) => ({ ...event, target, atMs, jitterMs: 0 }));
  });
  return { ...scenario, faults: events };
}

/** Empty where there is no such thing. */
export function targetsOf(
  target: string,
  _fault: Fault,
  nodes: readonly string[],
  chance: (key: string) => number,
): string[] {
  return someNodes(target, nodes, chance);
}

function someNodes(target: string, nodes: readonly string[], chance: (key: string) => number): string[] {
  if (nodes.includes(target)) return [target];
  const servers = nodes.filter((name) => name.startsWith('server-'));
  const half = servers.length / 2;
  if (target === 'minority') return drawn(servers, Math.max(1, Math.ceil(half) - 1), chance);
  if (target === 'majority') return drawn(servers, Math.floor(half) + 1, chance);
  const ofRole = nodes.filter((name) => name.startsWith(`${target.replace(/s$/, '')}-`));
  return target.endsWith('s') ? ofRole : drawn(ofRole, 1, chance);
}

/** So many of them, in their order: the first by a draw of its own, so that one is the same whatever else is asked. */
function drawn(names: readonly string[], count: number, chance: (key: string) => number): string[] {
  const left = [...names];
  const chosen = new Set<string>();
  for (let k = 0; k < count && left.length > 0; k++) {
    const [one] = left.splice(Math.floor(chance(k === 0 ? 'target' : `target:${k}`) * left.length), 1);
    chosen.add(one!);
  }
  return names.filter((name) => chosen.has(name));
}

function numbered(role: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${role}-${index + 1}`);
}

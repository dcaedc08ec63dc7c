/** What a scenario's faults may be aimed at, and what a symbolic target comes to. */
import { isDeepStrictEqual } from 'node:util';
import { draw } from '../patterns/parts/chance.ts';
import type { AnyPattern } from '../patterns/pattern.ts';
import type { Fault } from './faults/fault.ts';
import { optionsOf } from './faults/options.ts';
import { type FaultEvent, faultAtMsMax, type Scenario } from './scenario.ts';
import { wiringOf } from './wiring.ts';

/** By name: the servers, the brokers and the client; and the links between them, in the order in which a request passes. */
export interface Places {
  readonly nodes: readonly string[];
  readonly links: readonly string[];
}

export function placesOf(scenario: Scenario, pattern: AnyPattern): Places {
  const wiring = wiringOf(scenario, pattern);
  const [servers, brokers] = [numbered('server', wiring.servers), numbered('broker', wiring.brokers)];
  const between = (ends: readonly string[], others: readonly string[]) =>
    ends.flatMap((end) => others.map((other) => `${end}/${other}`));
  const links =
    brokers.length === 0
      ? between(['client'], servers)
      : [...between(['client'], brokers), ...between(brokers, servers)];
  return { nodes: [...servers, ...brokers, 'client'], links };
}

/** Of all of them, those that such a fault strikes. */
export function placesFor({ strikes }: Fault, { nodes, links }: Places): readonly string[] {
  return { load: ['load'], link: links, node: nodes }[strikes];
}

/** The two ends of a link, in the order in which a request passes them. */
export function endsOf(link: string): readonly [from: string, to: string] {
  const [from, to] = link.split('/');
  return [from!, to!];
}

/** Whom a trigger watches: of a link, who gets the requests. */
export function aimedAt({ strikes }: Fault, target: string): string {
  return strikes === 'link' ? endsOf(target)[1] : target;
}

/**
 * The same scenario with each target a node's or a link's name, and each time exact: what the seed draws is drawn. An
 * event that strikes several becomes several. A scenario that is resolved stays as it is.
 */
export function resolveFaults(scenario: Scenario, places: Places, faults: ReadonlyMap<string, Fault>): Scenario {
  const alike = new Map<string, number>();
  const events = scenario.faults.flatMap((event): FaultEvent[] => {
    // By what it is, and not by its place: without those before it, it strikes whom it struck.
    const what = `${event.fault}:${event.target}:${event.atMs}`;
    const nth = alike.get(what) ?? 0;
    alike.set(what, nth + 1);
    const chance = (key: string) => draw(scenario.seed, `fault:${what}:${nth}:${key}`);
    const atMs = Math.min(event.atMs + event.jitterMs * chance('jitter'), faultAtMsMax);
    const targets = targetsOf(event.target, faults.get(event.fault)!, places, chance);
    return targets.map((target) => ({ ...event, target, atMs, jitterMs: 0 }));
  });
  const surges = events.flatMap((event, index) => {
    const fault = faults.get(event.fault)!;
    if (fault.strikes !== 'load') return [];
    const options = optionsOf(fault, event, `faults.${index}`);
    const surge = fault.surge({ options, durationMs: event.durationMs }, scenario.load.ratePerSec);
    return [{ atMs: event.atMs, ...surge }];
  });
  // Of a scenario that is resolved they are there already.
  const own = scenario.load.surges.filter((one) => !surges.some((other) => isDeepStrictEqual(one, other)));
  return { ...scenario, load: { ...scenario.load, surges: [...own, ...surges] }, faults: events };
}

/** Empty where there is no such thing. */
export function targetsOf(
  target: string,
  { strikes }: Fault,
  places: Places,
  chance: (key: string) => number,
): readonly string[] {
  // One that is given no target has a server's, which is the schema's default.
  if (strikes === 'load') return target === 'load' || target === 'server' ? ['load'] : [];
  const [first, second] = target.split('/');
  if (strikes === 'node') return second === undefined ? someNodes(first!, places.nodes, chance) : [];
  const ends = new Set(someNodes(first!, places.nodes, chance));
  // Of a node alone: the links by which requests come to it; of the client, those by which they leave.
  if (second === undefined) {
    return places.links.filter(
      (link) => ends.has(endsOf(link)[1]) || (first === 'client' && ends.has(endsOf(link)[0])),
    );
  }
  const others = new Set(someNodes(second, places.nodes, (key) => chance(`other:${key}`)));
  return places.links.filter((link) => ends.has(endsOf(link)[0]) && others.has(endsOf(link)[1]));
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

/** Who listens in a scenario, and who connects to whom: it follows from the variant. */
import { variantOf } from '../patterns/names.ts';
import { type AnyPattern, listenerOf, type Role } from '../patterns/pattern.ts';
import { absent } from './faults/absent.ts';
import type { Scenario } from './scenario.ts';
import { settingsOf } from './settings.ts';

export interface Wiring {
  /** The role that listens; all others connect to it. */
  readonly listener: Role;
  /** At how many endpoints, all of them together. */
  readonly endpoints: number;
  readonly servers: number;
  readonly brokers: number;
  /** What the client waits for before there is load. */
  readonly peers: number;
}

export function wiringOf(scenario: Scenario, pattern: AnyPattern): Wiring {
  const [, variant] = variantOf(pattern, scenario.variant);
  const listener = listenerOf(pattern, variant);
  const { servers } = scenario.topology;
  const brokers = listener === 'broker' ? scenario.topology.brokers : 0;
  const settings = settingsOf(pattern, scenario);
  const ofClient = variant.clientEndpoints === undefined ? 1 : Number(settings[variant.clientEndpoints]);
  const endpoints = { server: servers, broker: brokers, client: ofClient }[listener];
  return { listener, endpoints, servers, brokers, peers: listener === 'broker' ? brokers : servers };
}

/** Which of the endpoints are those of that role's node of that number, from 0: its own where it listens, otherwise all. */
export function endpointsOf(
  wiring: Wiring,
  role: Role,
  index: number,
  endpoints: readonly string[],
): readonly string[] {
  return role === wiring.listener && role !== 'client' ? [endpoints[index]!] : endpoints;
}

/** The nodes that are not there from the start, by name. */
export function absentIn({ faults }: Scenario): ReadonlySet<string> {
  return new Set(faults.flatMap(({ fault, target }) => (fault === absent.name ? [target] : [])));
}

/** How many the client waits for before there is load: those that are there. */
export function peersPresent({ listener, servers, brokers, peers }: Wiring, absentees: ReadonlySet<string>): number {
  const missing = (role: Role) => [...absentees].filter((name) => name.startsWith(`${role}-`)).length;
  if (missing('server') === servers || (listener === 'broker' && missing('broker') === brokers)) return 0;
  return peers - missing(listener === 'broker' ? 'broker' : 'server');
}

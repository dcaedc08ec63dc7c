/** Who listens in a scenario, and who connects to whom: it follows from the variant. */
import { variantOf } from '../patterns/names.ts';
import { withDefaults } from '../patterns/parts/settings.ts';
import { type AnyPattern, listenerOf, type Role } from '../patterns/pattern.ts';
import type { Scenario } from './scenario.ts';

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
  const settings: Readonly<Record<string, unknown>> = withDefaults(
    pattern.settings,
    scenario.settings,
    variant.settings,
  );
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

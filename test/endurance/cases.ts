/** Every pattern and variant, for trials that are made of each. */
import { findPatterns } from '../../harness/registry.ts';
import { parseScenario } from '../../harness/scenario.ts';
import { endpointsOf, wiringOf } from '../../harness/wiring.ts';
import type { AnyPattern, Role, Variant } from '../../patterns/pattern.ts';
import type { Processes } from './processes.ts';

export interface Subject {
  /** `pattern/variant`. */
  readonly title: string;
  readonly pattern: AnyPattern;
  readonly variantName: string;
  readonly variant: Variant;
}

export async function subjects(of: string): Promise<Subject[]> {
  const all: Subject[] = [];
  for (const { pattern } of (await findPatterns()).values()) {
    for (const [variantName, variant] of Object.entries(pattern.variants)) {
      all.push({ title: `${pattern.name}/${variantName}`, pattern, variantName, variant });
    }
  }
  return all.filter(({ title }) => title.includes(of));
}

/** Who listens where. */
export interface Places {
  readonly hasBrokers: boolean;
  /** What a client waits for before there is load. */
  readonly peers: number;
  /** What a client is told of it: the endpoints to connect to, or those to bind. */
  readonly client: { readonly endpoints: readonly string[] } | { readonly bind: readonly string[] };
  /** What the server or broker of that number, from 0, is told of it. */
  of(role: Role, index: number): readonly string[];
}

export async function placesOf(
  { pattern, variantName: variant }: Subject,
  processes: Processes,
  given: {
    readonly servers: number;
    readonly settings?: Readonly<Record<string, number>>;
    readonly transport?: 'tcp' | 'ipc';
  },
): Promise<Places> {
  const { servers, settings = {}, transport = 'tcp' } = given;
  const topology = { servers, brokers: servers };
  const scenario = parseScenario({ name: 'trial', pattern: pattern.name, variant, seed: 1, settings, topology });
  const wiring = wiringOf(scenario, pattern);
  const { listener, endpoints: count, peers } = wiring;
  const all = transport === 'tcp' ? await processes.tcpEndpoints(count) : processes.ipcEndpoints(count);
  return {
    hasBrokers: listener === 'broker',
    peers,
    client: listener === 'client' ? { bind: all } : { endpoints: all },
    of: (role, index) => endpointsOf(wiring, role, index, all),
  };
}

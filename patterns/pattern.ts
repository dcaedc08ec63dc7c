/** What a pattern is: its roles' machines, its settings and variants, and what it claims of itself. */
import type { BrokerMachine, ClientMachine, Effects, Frames, ServerMachine } from './machine.ts';
import type { Settings, Values } from './parts/settings.ts';
import type { Delivery } from './transaction.ts';

export type Role = 'client' | 'server' | 'broker';

/** Harm that a claim may rule out. The words are those of the verdict. */
export type Harm = 'lost' | 'duplicated' | 'delayed' | 'late';

/**
 * What a variant says of itself and is held to. `survives` names the faults under which it loses nothing that the
 * deadline allowed; `failoverMs` bounds how soon every transaction that was with the victim is settled; `executes` is
 * how often at most a committed transaction takes place.
 */
export interface Claims {
  /** Names of faults, `none` among them. */
  readonly survives: readonly string[];
  /** How often at most a committed transaction takes place. */
  readonly executes: 'at most once' | 'at least once';
  /** By fault, in milliseconds. */
  readonly failoverMs: Readonly<Record<string, number>>;
}

/** Who listens: the servers themselves, a broker that clients and servers connect to, or the clients. */
export type Topology = 'servers' | 'broker' | 'clients';

/** One way to set a pattern up, with a name of its own and claims that it is held to. */
export interface Variant<S extends Settings = Settings> {
  /** One sentence. */
  readonly about: string;
  /** Settings that differ from the pattern's defaults. */
  readonly settings: Partial<Values<S>>;
  /** What it can do for delivery; asking it for another by name is a misuse. The first is its default. */
  readonly deliveries: readonly [Delivery, ...Delivery[]];
  /** What it is held to. */
  readonly claims: Claims;
  /** Who listens, where that differs from the pattern's other variants. */
  readonly topology?: Topology;
  /** The setting that says at how many endpoints a client listens, where clients do. */
  readonly clientEndpoints?: keyof S & string;
}

export interface ClientSetup<S extends Settings = Settings> {
  /** Endpoints to connect to; empty where the client listens. */
  readonly endpoints: readonly string[];
  /** Endpoints to bind, where the client listens; otherwise empty. */
  readonly bind: readonly string[];
  readonly service: string;
  readonly clientId: string;
  readonly firstSequence: number;
  readonly settings: Values<S>;
}

export interface ServerSetup<S extends Settings = Settings> {
  /** Endpoints to bind, where the pattern's servers listen; otherwise empty. */
  readonly bind: readonly string[];
  /** The endpoint that clients connect to, where servers listen: it is what 10/FLP calls the server. */
  readonly advertise?: string;
  /** Endpoints to connect to, where they call; otherwise empty. */
  readonly connect: readonly string[];
  readonly service: string;
  readonly concurrency: number;
  /** Tells one life of this server from the next. */
  readonly incarnation: number;
  readonly settings: Values<S>;
}

export interface BrokerSetup<S extends Settings = Settings> {
  readonly bind: readonly string[];
  readonly settings: Values<S>;
}

/** One way of doing transactions: what it is called, what can be set, and a machine for each role. */
export interface Pattern<S extends Settings = Settings> {
  /** Lower case and hyphens: what it is called on a command line, in `debug` and as an entry of the package. */
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  /** Of its variants, where they don't say otherwise. */
  readonly topology: Topology;
  /** By name: kind, default, limits, unit, and what each is. */
  readonly settings: S;
  /** The first is the default. */
  readonly variants: Readonly<Record<string, Variant<S>>>;
  /**
   * Whether a message, as it stands on a connection, is a sign of life and nothing else; where it is missing, none is. For
   * tools that look at connections: machines don't ask.
   */
  isHeartbeat?(frames: Frames): boolean;
  /** Makes the machine of one end that asks. */
  client(setup: ClientSetup<S>, effects: Effects): ClientMachine;
  /** Makes the machine of one end that answers. */
  server(setup: ServerSetup<S>, effects: Effects): ServerMachine;
  /** Makes the machine of a broker, in the patterns that have one. */
  broker?(setup: BrokerSetup<S>, effects: Effects): BrokerMachine;
}

/** A pattern whose settings' names do not matter to the one who holds it. */
// biome-ignore lint/suspicious/noExplicitAny: a pattern takes its own settings, which the holder has checked by its table
export type AnyPattern = Pattern<any>;

/** Checks a pattern's shape where it is written, and keeps the types of its settings. */
export function definePattern<S extends Settings>(pattern: Pattern<S>): Pattern<S> {
  return pattern;
}

/** The role that listens, and that all others connect to. */
export function listenerOf(pattern: AnyPattern, variant: Variant): Role {
  return listeners[variant.topology ?? pattern.topology];
}

const listeners = { servers: 'server', broker: 'broker', clients: 'client' } as const;

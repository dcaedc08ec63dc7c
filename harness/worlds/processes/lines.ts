/** Who calls whom by which endpoint, with a proxy's doors where a link is a fault's target. */
import type { AnyPattern } from '../../../patterns/pattern.ts';
import { carrierOf, type Fault } from '../../faults/fault.ts';
import { findFaults } from '../../registry.ts';
import type { Scenario } from '../../scenario.ts';
import { endsOf } from '../../targets.ts';
import { type Wiring, wiringOf } from '../../wiring.ts';
import { freePorts } from './ports.ts';
import type { LinkSpec } from './relay/relay-spec.ts';

export class Lines {
  readonly specs: readonly LinkSpec[];
  readonly #wiring: Wiring;
  readonly #endpoints: readonly string[];
  /** By link, the doors in the order of its endpoints. */
  readonly #doors: ReadonlyMap<string, readonly string[]>;

  constructor(wiring: Wiring, endpoints: readonly string[], specs: readonly LinkSpec[]) {
    this.#wiring = wiring;
    this.#endpoints = endpoints;
    this.specs = specs;
    this.#doors = new Map(specs.map(({ name, doors }) => [name, doors.map(({ port }) => `tcp://127.0.0.1:${port}`)]));
  }

  /** What that node is told to bind, or to connect to. */
  endpointsFor(node: string): readonly string[] {
    return this.#listeners().flatMap(([listener, own]) =>
      listener === node ? own : roleOf(node) === this.#wiring.listener ? [] : this.#seenFrom(node, listener, own),
    );
  }

  /** Where clients find that node; undefined where they don't call it. */
  publicEndpoint(node: string): string | undefined {
    const listening = this.#listeners().find(([listener]) => listener === node);
    return listening === undefined ? undefined : this.#seenFrom('client', node, listening[1])[0];
  }

  #seenFrom(caller: string, listener: string, own: readonly string[]): readonly string[] {
    return this.#doors.get(`${caller}/${listener}`) ?? this.#doors.get(`${listener}/${caller}`) ?? own;
  }

  #listeners(): (readonly [node: string, endpoints: readonly string[]])[] {
    const { listener } = this.#wiring;
    if (listener === 'client') return [['client', this.#endpoints]];
    return this.#endpoints.map((endpoint, index) => [`${listener}-${index + 1}`, [endpoint]]);
  }
}

/** @param endpoints where those that listen do so, all of them. */
export async function linesOf(scenario: Scenario, pattern: AnyPattern, endpoints: readonly string[]): Promise<Lines> {
  const wiring = wiringOf(scenario, pattern);
  const plain = new Lines(wiring, endpoints, []);
  const faults: ReadonlyMap<string, Fault> = scenario.faults.length === 0 ? new Map() : await findFaults();
  const links = new Set(
    scenario.faults.filter(({ fault }) => carrierOf(faults.get(fault)) === 'proxy').map(({ target }) => target),
  );
  const specs: LinkSpec[] = [];
  for (const name of links) {
    const [from, to] = endsOf(name);
    const isToListener = roleOf(to) === wiring.listener;
    const targets = plain.endpointsFor(isToListener ? to : from);
    const ports = await freePorts(targets.length);
    specs.push({
      name,
      follows: scenario.faults.some(({ fault, target }) => target === name && follows(faults.get(fault))),
      requestsGo: isToListener ? 'to-listener' : 'to-caller',
      doors: targets.map((endpoint, index) => ({ port: ports[index]!, target: addressOf(endpoint) })),
    });
  }
  return new Lines(wiring, endpoints, specs);
}

/** Those that are the target of a fault of the network between hosts. */
export async function linksBetweenHosts({ faults: events }: Scenario): Promise<string[]> {
  const faults = await findFaults();
  return [...new Set(events.flatMap(({ fault, target }) => (carrierOf(faults.get(fault)) === 'hosts' ? target : [])))];
}

function follows(fault: Fault | undefined): boolean {
  return fault?.strikes === 'link' && fault.followsMessages === true;
}

function roleOf(node: string): string {
  return node.replace(/-\d+$/, '');
}

function addressOf(endpoint: string): LinkSpec['doors'][number]['target'] {
  const [, host, port] = /^tcp:\/\/(.*):(\d+)$/.exec(endpoint) ?? [];
  return host === undefined ? { path: endpoint.slice('ipc://'.length) } : { host, port: Number(port) };
}

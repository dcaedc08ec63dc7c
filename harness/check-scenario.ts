/** Holds a scenario against what there is, before anything starts. */
import { variantOf } from '../patterns/names.ts';
import { checkEndpoint } from '../patterns/parts/endpoint.ts';
import { settingsThereAre } from '../patterns/parts/settings.ts';
import { listenerOf } from '../patterns/pattern.ts';
import { MisuseError } from '../patterns/transaction.ts';
import { carrierOf, type Fault, type WorldName } from './faults/fault.ts';
import { optionsOf } from './faults/options.ts';
import { transactionsMax } from './load.ts';
import { type FoundPattern, findFaults, findPattern } from './registry.ts';
import { type FaultEvent, faultsMax, type Scenario } from './scenario.ts';
import { settingsOf } from './settings.ts';
import { aimedAt, type Places, placesFor, placesOf, targetsOf } from './targets.ts';
import { wiringOf } from './wiring.ts';
import { isFree } from './worlds/processes/ports.ts';
import type { NodeRole } from './worlds/world.ts';

/** Finds what the scenario names. @throws {MisuseError} where there is no such thing. */
export async function checkScenario(
  scenario: Scenario,
  patternFolders?: readonly string[],
  world: WorldName = 'processes',
): Promise<FoundPattern> {
  const found = await findPattern(scenario.pattern, patternFolders);
  const [, variant] = variantOf(found.pattern, scenario.variant);
  checkSettings(scenario, found);
  checkLoad(scenario);
  const { delivery } = scenario.load;
  if (delivery !== undefined && !variant.deliveries.includes(delivery)) {
    throw new MisuseError('load.delivery', delivery, `this variant can do ${variant.deliveries.join(' and ')}`);
  }
  if (listenerOf(found.pattern, variant) === 'broker' && scenario.topology.brokers === 0) {
    throw new MisuseError('topology.brokers', 0, `${scenario.pattern} takes one at least`);
  }
  await checkEndpointsFree(scenario, found);
  const faults = await findFaults();
  const places = placesOf(scenario, found.pattern);
  checkLoadFaults(scenario, faults);
  checkHosts(scenario, faults);
  let count = 0;
  for (const [index, event] of scenario.faults.entries())
    count += checkEvent(event, `faults.${index}`, faults, places, world);
  if (count > faultsMax) {
    throw new MisuseError('faults', count, `at most ${faultsMax}, those of an event that means several counted each`);
  }
  return found;
}

function checkSettings(scenario: Scenario, { pattern }: FoundPattern): void {
  const { settings, load } = scenario;
  const unknown = Object.keys(settings).find((name) => !Object.hasOwn(pattern.settings, name));
  if (unknown !== undefined) {
    throw new MisuseError(`settings.${unknown}`, settings[unknown], settingsThereAre(pattern.settings));
  }
  let values: Readonly<Record<string, unknown>>;
  try {
    values = settingsOf(pattern, scenario);
  } catch (error) {
    throw error instanceof MisuseError ? error.within('settings', settings[error.setting]) : error;
  }
  const limit = values['payloadLimitBytes'];
  // An answer names its transaction before it says again what the request said.
  if (typeof limit !== 'number' || load.payloadBytes + answerBytesMax <= limit) return;
  const most = `at most ${limit - answerBytesMax}, as settings.payloadLimitBytes is ${limit} and answers are longer`;
  throw new MisuseError('load.payloadBytes', load.payloadBytes, most);
}

function checkLoad({ load }: Scenario): void {
  const due = load.ratePerSec * (load.durationMs / 1000);
  if (load.model === 'closed' || due <= transactionsMax) return;
  const rate = Math.floor(transactionsMax / (load.durationMs / 1000));
  throw new MisuseError('load.ratePerSec', load.ratePerSec, `at most ${rate} for so long, ${transactionsMax} in all`);
}

/** A client's id, a colon, a number and the end of the line. */
const answerBytesMax = 34;

/** What becomes due by a plan can only come on top of one. */
function checkLoadFaults({ faults: events, load }: Scenario, faults: ReadonlyMap<string, Fault>): void {
  const index = events.findIndex(({ fault }) => faults.get(fault)?.strikes === 'load');
  if (index < 0 || load.model === 'open') return;
  throw new MisuseError(`faults.${index}.fault`, events[index]!.fault, 'it takes an open loop: load.model "open"');
}

/** Hosts of their own have addresses of their own, and no proxy among them. */
function checkHosts({ faults: events, topology }: Scenario, faults: ReadonlyMap<string, Fault>): void {
  const carriers = events.map(({ fault }) => carrierOf(faults.get(fault)));
  const first = carriers.indexOf('hosts');
  if (first < 0) return;
  const { fault } = events[first]!;
  if (topology.endpoints !== undefined) {
    throw new MisuseError('topology.endpoints', topology.endpoints, `${fault} has every node on a host of its own`);
  }
  const other = carriers.indexOf('proxy');
  if (other < 0) return;
  const reason = `${fault} has every node on a host of its own, and links there are no proxy’s`;
  throw new MisuseError(`faults.${other}.fault`, events[other]!.fault, reason);
}

function checkEvent(
  event: FaultEvent,
  path: string,
  faults: ReadonlyMap<string, Fault>,
  places: Places,
  world: WorldName,
): number {
  const fault = faults.get(event.fault);
  if (fault === undefined) {
    throw new MisuseError(`${path}.fault`, event.fault, `there are ${[...faults.keys(), 'none'].join(', ')}`);
  }
  if (!fault.worlds.includes(world)) {
    const { worlds, otherwise } = fault;
    const reason = otherwise === undefined ? '' : `: ${otherwise}`;
    throw new MisuseError(
      `${path}.fault`,
      event.fault,
      `the ${world} world has none${reason}; ${worlds.join(', ')} has`,
    );
  }
  const targets = targetsOf(event.target, fault, places, () => 0);
  if (targets.length === 0) {
    throw new MisuseError(`${path}.target`, event.target, `${fault.name} takes ${placesFor(fault, places).join(', ')}`);
  }
  checkTrigger(event, path, fault, targets);
  const options = optionsOf(fault, event, path);
  const role = /^(broker|client)/.exec(event.target)?.[0] ?? 'server';
  const refusal = fault.strikes === 'node' ? fault.refuses?.(role as NodeRole, options) : undefined;
  if (refusal !== undefined) throw new MisuseError(`${path}.target`, event.target, refusal);
  return targets.length;
}

/** Requests are counted where they are written down: by servers. */
function checkTrigger({ trigger }: FaultEvent, path: string, fault: Fault, targets: readonly string[]): void {
  if (typeof trigger !== 'object') return;
  const { name, manner } = fault;
  if (fault.strikes === 'load' || manner === 'in-wait' || manner === 'from-the-start') {
    throw new MisuseError(`${path}.trigger.afterRequests`, trigger.afterRequests, `${name} has a moment of its own`);
  }
  const other = targets.map((target) => aimedAt(fault, target)).find((node) => !node.startsWith('server-'));
  if (other === undefined) return;
  const reason = `it counts what a server receives, and ${other} is none`;
  throw new MisuseError(`${path}.trigger.afterRequests`, trigger.afterRequests, reason);
}

/** Endpoints that were given: of the right number and form, and not in use. */
async function checkEndpointsFree(scenario: Scenario, { pattern }: FoundPattern): Promise<void> {
  const { endpoints } = scenario.topology;
  if (endpoints === undefined) return;
  const count = wiringOf(scenario, pattern).endpoints;
  if (endpoints.length !== count) throw new MisuseError('topology.endpoints', endpoints, `it takes ${count} of them`);
  for (const [index, given] of endpoints.entries()) {
    const first = endpoints.indexOf(given);
    if (first < index) {
      throw new MisuseError(`topology.endpoints.${index}`, given, `it is topology.endpoints.${first} already`);
    }
    const endpoint = checkEndpoint(`topology.endpoints.${index}`, given);
    const [, host, port] = /^tcp:\/\/(.*):(\d+)$/.exec(endpoint) ?? [];
    if (port !== undefined && !(await isFree(Number(port), host))) {
      throw new MisuseError(`topology.endpoints.${index}`, endpoint, 'the port is in use');
    }
  }
}

/** Holds a scenario against what there is, before anything starts. */
import { variantOf } from '../patterns/names.ts';
import { checkEndpoint } from '../patterns/parts/endpoint.ts';
import { withDefaults } from '../patterns/parts/settings.ts';
import { MisuseError } from '../patterns/transaction.ts';
import { type FoundPattern, findFault, findPattern } from './registry.ts';
import type { Scenario } from './scenario.ts';
import { wiringOf } from './wiring.ts';
import { isFree } from './worlds/processes/ports.ts';

/** Finds what the scenario names. @throws {MisuseError} where there is no such thing. */
export async function checkScenario(scenario: Scenario, patternFolders?: readonly string[]): Promise<FoundPattern> {
  const found = await findPattern(scenario.pattern, patternFolders);
  const [, variant] = variantOf(found.pattern, scenario.variant);
  withDefaults(found.pattern.settings, { ...variant.settings, ...scenario.settings });
  const { delivery } = scenario.load;
  if (delivery !== undefined && !variant.deliveries.includes(delivery)) {
    throw new MisuseError('load.delivery', delivery, `this variant can do ${variant.deliveries.join(' and ')}`);
  }
  await checkEndpointsFree(scenario, found);
  for (const [index, { fault, target }] of scenario.faults.entries()) {
    await findFault(fault);
    if (candidates(scenario, found, target).length === 0) {
      throw new MisuseError(`faults.${index}.target`, target, 'the scenario has no such node');
    }
    // A client that dies leaves a history without an end, and nobody to begin another.
    if (target === 'client' && fault === 'kill')
      throw new MisuseError(`faults.${index}.target`, target, 'it can’t be killed');
  }
  return found;
}

/** Endpoints that were given: of the right number and form, and not in use. */
async function checkEndpointsFree(scenario: Scenario, { pattern }: FoundPattern): Promise<void> {
  const { endpoints } = scenario.topology;
  if (endpoints === undefined) return;
  const count = wiringOf(scenario, pattern).endpoints;
  if (endpoints.length !== count) throw new MisuseError('topology.endpoints', endpoints, `it takes ${count} of them`);
  for (const [index, given] of endpoints.entries()) {
    const endpoint = checkEndpoint(`topology.endpoints.${index}`, given);
    const [, host, port] = /^tcp:\/\/(.*):(\d+)$/.exec(endpoint) ?? [];
    if (port !== undefined && !(await isFree(Number(port), host))) {
      throw new MisuseError(`topology.endpoints.${index}`, endpoint, 'the port is in use');
    }
  }
}

/** The nodes that a fault's target may mean. */
function candidates(scenario: Scenario, found: FoundPattern, target: string): string[] {
  const { servers, brokers } = wiringOf(scenario, found.pattern);
  const names = [
    'client',
    ...Array.from({ length: servers }, (_, index) => `server-${index + 1}`),
    ...Array.from({ length: brokers }, (_, index) => `broker-${index + 1}`),
  ];
  return names.filter((name) => name === target || name.startsWith(`${target}-`));
}

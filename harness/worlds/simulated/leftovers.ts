/** What a machine should not have in the end, when everybody has drained. */
import type { BrokerMachine, ClientMachine, ServerMachine } from '../../../patterns/machine.ts';
import type { BrokerGauges, ClientGauges, ServerGauges } from '../../../patterns/stats.ts';

/** In a sentence each. */
export function leftoversOf(name: string, machine: ClientMachine | ServerMachine | BrokerMachine): string[] {
  const undrained = machine.drained ? [] : [`${name} did not drain`];
  const left = Object.entries(machine.stats()).filter(
    ([gauge, count]) => emptyInTheEnd.has(gauge) && Number(count) > 0,
  );
  return [...undrained, ...left.map(([gauge, count]) => `${name} has ${count} ${gauge} in the end`)];
}

/** What no machine that has drained has anything of. */
const emptyInTheEnd = new Set<string>([
  'waiting',
  'waitingBytes',
  'owed',
  'running',
  'handed',
  'workers',
  'services',
] satisfies (keyof ClientGauges | keyof ServerGauges | keyof BrokerGauges)[]);

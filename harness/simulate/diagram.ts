/** Runs a scenario once more to show it: its matrix, and its space-time diagram. */
import type { AnyPattern } from '../../patterns/pattern.ts';
import type { Scenario } from '../scenario.ts';
import { SpaceTime } from './space-time.ts';
import { attempt, type Faults } from './trial.ts';

export async function diagram(scenario: Scenario, pattern: AnyPattern, faults: Faults): Promise<string> {
  const spaceTime = new SpaceTime();
  const { judgement } = await attempt(scenario, pattern, faults, spaceTime);
  const counts = Object.entries(judgement.verdict.cells).filter(([, count]) => count > 0);
  return `${counts.map(([cell, count]) => `${count} ${cell}`).join(', ')}\n${spaceTime.text()}`;
}

/** The trial of killed harnesses in its short form; `npm run endurance -- --only killed-harness` kills them at every moment of every fault. */
import { describe, expect, test } from 'vitest';
import { has } from '../needs.ts';
import { trial } from './trial.ts';

describe.runIf(has('/proc', 'to see the processes of this machine'))('a harness that is killed', () => {
  test('leaves no process, no namespace, no socket file and no folder, whatever fault was under way', async () => {
    const { rows, broken, doubts } = await trial('killed-harness');
    expect([broken, doubts]).toEqual([[], []]);
    expect(new Set(rows.map(({ moment }) => moment))).toEqual(new Set(['starting', 'before', 'during', 'cure']));
    for (const { fault, result } of rows.filter(({ result }) => result !== 'nothing is left')) {
      console.warn(`${fault} is ${result}`);
    }
    expect(rows.filter(({ result }) => result === 'nothing is left').length).toBeGreaterThan(4);
  }, 120_000);
});

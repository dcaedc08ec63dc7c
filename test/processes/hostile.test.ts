/** The trial of hostile strangers in its short form; `npm run endurance -- --only hostile` sends two million messages to each. */
import { expect, test } from 'vitest';
import { trial } from './trial.ts';

test('thousands of malformed and hostile messages harm neither broker nor server nor client, nor whom they serve', async () => {
  const { rows, broken, doubts } = await trial('hostile', '--count', '8000');
  expect([broken, doubts]).toEqual([[], []]);
  expect(new Set(rows.map(({ victim }) => victim))).toEqual(new Set(['broker', 'server', 'client']));
}, 120_000);

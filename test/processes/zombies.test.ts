/**
 * Trials of test/endurance in their short form: what a server that froze does when it thaws, handlers slower than the lease, and
 * what is executed under fire (the latter two where all is tested).
 * `npm run endurance -- --only zombies,slow-handlers,deliveries` is the long form.
 */
import { expect, test } from 'vitest';
import { isAll } from '../needs.ts';
import { trial } from './trial.ts';

test('of a hundred requests that froze with their server none begins or commits late; without leases nearly all do', async () => {
  const { rows, broken, doubts } = await trial('zombies');
  expect([broken, doubts]).toEqual([[], []]);
  expect(new Set(rows.map((row) => row['of']))).toEqual(
    new Set(['brokerless-req/retry', 'freelance/default', 'majordomo/default']),
  );
}, 120_000);

test.runIf(isAll)(
  'handlers that take three times as long as the lease commit',
  async () => {
    const { rows, broken, doubts } = await trial('slow-handlers');
    expect([broken, doubts]).toEqual([[], []]);
    expect(rows.map(({ committed }) => committed)).toEqual([50, 50, 50]);
  },
  60_000,
);

test.runIf(isAll)(
  'at most once is once at most, whoever is struck',
  async () => {
    const { rows, broken, doubts } = await trial('deliveries');
    expect([broken, doubts]).toEqual([[], []]);
    expect(rows.map(({ fault }) => fault)).toContain('broker both');
  },
  120_000,
);

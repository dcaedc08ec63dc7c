import { milliseconds, percent } from '../../harness/report/words.ts';
import type { SuspicionResult, SuspicionRow } from '../suspicion.ts';
import { defineSection, doubtful, table } from './section.ts';

export const suspicion = defineSection<SuspicionResult>({
  name: 'suspicion',
  title: 'False alarms',
  asked: ({ loadShare }) =>
    `Do the documented heartbeats raise a false alarm where nothing is wrong? Three servers of 5 ms, one request at a time, ` +
    `at ${percent(loadShare)} of what a closed loop of twelve got out of them, and no fault. A suspicion is the client’s of a ` +
    'peer that was silent; a broker’s of a worker shows as a transaction tried again.',
  body: ({ rows, doubts }) => table(titles, rows.map(cellsOf), 1) + doubtful(doubts),
  command: ({ rows, seed }) => `npm run bench -- --only suspicion --minutes ${rows[0]?.minutes ?? 10} --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});

const titles = [
  'pattern',
  'suspicions',
  'tried again',
  'delayed',
  'lost',
  'unknown',
  'worst',
  'due',
  'minutes',
  'a second',
  'capacity',
];

function cellsOf(row: SuspicionRow): string[] {
  const { suspicions, masked, delayed, lost, unknown, worstMs, due, minutes, ratePerSec, capacityPerSec } = row;
  const counts = [suspicions, masked, delayed, lost, unknown].map(String);
  return [row.pattern, ...counts, milliseconds(worstMs), ...[due, minutes, ratePerSec, capacityPerSec].map(String)];
}

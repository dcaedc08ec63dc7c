import { milliseconds, rarely } from '../../harness/report/words.ts';
import type { FailoverResult, FailoverRow } from '../failover.ts';
import type { Estimate } from '../statistics.ts';
import { defineSection, doubtful, table, withInterval } from './section.ts';

export const failover = defineSection<FailoverResult>({
  name: 'failover',
  title: 'Failover',
  asked: ({ load }) =>
    'How long does a failover take, and is anything lost? One fault a run, at no fixed phase of anybody’s heartbeat, under ' +
    `${load.ratePerSec} transactions a second that take ${load.serviceMs} ms each, so that every victim holds several. ` +
    'Failover counts until the last transaction that was with the victim is settled, blackout is the longest stretch in ' +
    'which nothing at all committed: medians and 99th percentiles over the runs, with 95 % intervals. A fault lost something ' +
    'where any transaction was neither executed nor refused; a start is late where its caller had been told.',
  body: ({ rows, runs, doubts }) => table(titles, rows.map(cellsOf), 2) + repeated(runs) + doubtful(doubts),
  command: ({ rows, seed }) => `npm run bench -- --only failover --kills ${rows[0]?.runs ?? 20} --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});

/** Runs that were made again are told, so that nobody need wonder what was left out. */
function repeated(runs: FailoverResult['runs']): string {
  const repeats = runs.reduce((sum, run) => sum + run.repeats, 0);
  return repeats === 0 ? '' : `\n\nRuns that proved nothing and were made again: ${repeats}.`;
}

const titles = [
  'pattern',
  'fault',
  'failover',
  '99th percentile',
  'most',
  'blackout',
  '99th percentile',
  'lost anything',
  'started anything late',
  'dealt again',
  'unknown',
  'duplicated',
];

function cellsOf(row: FailoverRow): string[] {
  const { failoverMs, blackoutMs, fault, runs } = row;
  return [
    row.pattern,
    fault,
    ...(failoverMs === undefined ? none : [...timesOf(failoverMs), milliseconds(failoverMs.max)]),
    ...(blackoutMs === undefined ? none.slice(1) : timesOf(blackoutMs)),
    rarely(row.lostIn, runs, fault),
    rarely(row.lateIn, runs, fault),
    String(row.dealtAgain),
    String(row.unknown),
    String(row.duplicated),
  ];
}

function timesOf(spread: Estimate & { readonly p99: Estimate }): string[] {
  return [withInterval(spread, milliseconds), withInterval(spread.p99, milliseconds)];
}

const none = ['–', '–', '–'];
